package dev.mooring.cli.module;

import dev.mooring.cli.terminal.Console;
import dev.mooring.guest.call.FunctionTracer;
import dev.mooring.guest.call.StackProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Shows each function that a guest enters and leaves, from call to call: to a person one at a time,
 * else up to {@link #MOST} lines.
 *
 * <p>One thread at a time.
 */
final class Steps implements FunctionTracer {
  /** So many lines are shown if nobody asks for each. */
  static final int MOST = 10_000;

  private static final int MOST_INDENTS = 40;

  private final Console console;
  private final FunctionText text;
  private final boolean asks;
  private int depth;
  private int shown;
  private boolean isOver;

  /** On a console, to the person at it if there is one. */
  Steps(Console console, FunctionText text) {
    this.console = console;
    this.text = text;
    this.asks = console.inTerminal() && console.outTerminal();
    if (asks) {
      console
          .out()
          .println(
              "each line is a function that is entered (>) or left (<); Enter for the next,"
                  + " anything else and Enter for the end");
    }
  }

  @Override
  public void entered(int function, String types, long[] arguments) {
    show("> " + text.call(new Backtrace.Frame(function, types, arguments)));
    depth++;
  }

  @Override
  public void left(int function, String types, long @Nullable [] results) {
    depth--;
    String name = text.name(function);
    if (results == null) {
      show("< " + name + " ends with a call of another");
    } else {
      String values = FunctionText.values(types, results);
      show("< " + name + (values.isEmpty() ? "" : " = " + values));
    }
  }

  private void show(String line) {
    if (isOver) {
      return;
    }
    StackProbe.check(); // The console is no place for a stack to end in.
    if (!asks && shown++ == MOST) {
      console.out().println("… and so on: only " + MOST + " lines are shown");
      isOver = true;
      return;
    }
    console.out().println("  ".repeat(Math.min(depth, MOST_INDENTS)) + line);
    isOver = asks && !wantsNext();
  }

  private boolean wantsNext() {
    try {
      int first = console.in().read();
      int next = first;
      while (next != '\n' && next >= 0) {
        next = console.in().read();
      }
      return first == '\n';
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
