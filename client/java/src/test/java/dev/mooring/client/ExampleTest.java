package dev.mooring.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the example of the package's documentation compiles, runs, and is the one shown. */
@Timeout(60)
final class ExampleTest {
  private final Queue<String> printed = new ConcurrentLinkedQueue<>();

  private void print(CallResult result) {
    printed.add(result.outputText());
  }

  private void example(String address) throws InterruptedException, ExecutionException {
    // begin
    try (var client = MooringClient.create()) {
      OpenOptions options =
          OpenOptions.module("counter")
              .withConfig("step", "2")
              .onEvent(payload -> System.out.println("an event of " + payload.length + " bytes"));

      // The address is HOST:PORT. Futures complete on an event loop; here we just wait for them.
      try (MooringSession session = client.open(address, options).get()) {
        // Typed values, for any function that the module exports. The state stays at the server.
        long total = session.call("add", Value.i64(5)).get().i64();
        System.out.println("the total is " + total);

        // Bytes, for functions that read input and write output. Calls needn't wait for each
        // other: they run, and are answered, in the order in which they were made.
        for (String line : List.of("first", "second")) {
          var _ = session.call("echo", line.getBytes(UTF_8)).thenAccept(this::print);
        }

        // Everything that a call can carry, and what to do when it fails.
        var request = CallRequest.of("top").withInput("10").withTimeout(Duration.ofMillis(20));
        try {
          print(session.call(request).get());
        } catch (ExecutionException e) {
          if (e.getCause() instanceof MooringException problem) {
            System.out.println(problem.code() + (problem.retryable() ? ", try again" : ""));
          }
        }
      }
    }
    // end
  }

  @Test
  void example_againstAServer_runs() throws Exception {
    try (var server = FakeServer.tcp(Peer::reply)) {
      example(server.hostAndPort());
    }
    assertEquals(List.of("first", "second", "10"), List.copyOf(printed));
  }

  @Test
  void example_shown_isTheOneThatRuns() throws IOException {
    String shown =
        between(
                " * {@snippet :",
                " * }\n *\n * <p>",
                "main/java/dev/mooring/client/package-info.java")
            .replace("\n * ", "\n");
    String run = between("// begin", "// end", "test/java/dev/mooring/client/ExampleTest.java");
    assertEquals(squeezed(run), squeezed(shown));
  }

  private static String between(String begin, String end, String path) throws IOException {
    String source = Files.readString(Path.of("src").resolve(path));
    int from = source.indexOf(begin) + begin.length();
    return source.substring(from, source.indexOf(end, from));
  }

  /** Without the difference that indentation makes, and without what only our compiler wants. */
  private static String squeezed(String code) {
    return code.replace("var _ = ", "").replaceAll("\\s*\\n[\\s*]*", "\n");
  }
}
