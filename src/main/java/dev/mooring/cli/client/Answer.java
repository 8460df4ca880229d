package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.JsonLayout;
import dev.mooring.cli.text.Values;
import dev.mooring.client.CallResult;
import dev.mooring.client.Value;
import java.io.PrintStream;

/** Prints what a call brought back. */
final class Answer {
  private Answer() {}

  /**
   * What the function returned, a line for each value, then what it wrote, byte for byte: so a
   * script knows where one ends and the other begins. Where a person reads, the last line is ended.
   */
  static void print(CallResult result, Console console) {
    PrintStream out = console.out();
    for (Value value : result.values()) {
      out.println(Values.print(value));
    }
    byte[] output = result.output();
    out.write(output, 0, output.length);
    if (console.outTerminal() && output.length > 0 && output[output.length - 1] != '\n') {
      out.println();
    }
    out.flush();
  }

  /**
   * As {@link #print}, for a person: what can't be read is shown as hexadecimal, and on a terminal
   * JSON by its structure.
   */
  static void show(CallResult result, Console console) {
    PrintStream out = console.out();
    for (Value value : result.values()) {
      out.println(Values.print(value));
    }
    if (result.output().length > 0) {
      String text = Bytes.toText(result.output());
      String laidOut = console.outTerminal() ? JsonLayout.of(text) : null;
      text = laidOut == null ? text : laidOut;
      out.print(text.endsWith("\n") ? text : text + System.lineSeparator());
    }
    out.flush();
  }
}
