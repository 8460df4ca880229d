// cpp_command: a command in C++ with its standard library. See command.c.
//
// target: wasi-command

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

int main() {
  std::string input(std::istreambuf_iterator<char>(std::cin), {});
  std::cerr << "read " << input.size() << std::endl;
  std::cout << "Hello, " << input << std::endl;
  return std::atoi(input.c_str());
}
