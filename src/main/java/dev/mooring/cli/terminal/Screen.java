package dev.mooring.cli.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;

/**
 * A whole terminal, for what changes in place. What was there before is there again when it is
 * closed, also if the process is asked to end.
 */
public final class Screen implements AutoCloseable {
  private static final int END_OF_INPUT = -1;
  private static final int CTRL_C = 3;
  private static final int CTRL_D = 4;

  /** A change of the terminal's size, or a signal, is seen so soon. */
  private static final int LOOK_MILLIS = 100;

  /** Of a terminal that doesn't say how large it is. */
  private static final int USUAL_COLUMNS = 80;

  private static final int USUAL_ROWS = 24;

  private final Terminal terminal;
  private final Attributes before;
  private volatile boolean isEnding;
  private int shownColumns;
  private int shownRows;

  public Screen() {
    try {
      terminal = TerminalBuilder.builder().system(true).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    before = terminal.enterRawMode();
    terminal.handle(Terminal.Signal.INT, signal -> isEnding = true);
    Signals.register("TERM", () -> isEnding = true);
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.cursor_invisible);
    terminal.flush();
  }

  public int columns() {
    return terminal.getWidth() > 0 ? terminal.getWidth() : USUAL_COLUMNS;
  }

  public int rows() {
    return terminal.getHeight() > 0 ? terminal.getHeight() : USUAL_ROWS;
  }

  /** Shows lines that fit; each replaces what was there, so that nothing flickers. */
  public void show(List<String> lines) {
    terminal.puts(Capability.cursor_home);
    for (int i = 0; i < lines.size(); i++) {
      terminal.writer().print(lines.get(i));
      terminal.puts(Capability.clr_eol);
      if (i < lines.size() - 1) {
        terminal.writer().print("\r\n");
      }
    }
    terminal.puts(Capability.clr_eos);
    terminal.flush();
    shownColumns = columns();
    shownRows = rows();
  }

  /**
   * Waits, and shows lines again if the terminal's size changes.
   *
   * @param untilNanos as {@link System#nanoTime()} has it
   * @return whether the person has had enough: q, Ctrl-C, or the end of the input
   */
  public boolean isLeft(long untilNanos, Supplier<List<String>> lines) {
    try {
      while (!isEnding && System.nanoTime() - untilNanos < 0) {
        int key = terminal.reader().read(LOOK_MILLIS);
        if (key == 'q' || key == 'Q' || key == CTRL_C || key == CTRL_D || key == END_OF_INPUT) {
          return true;
        }
        if (key == NonBlockingReader.READ_EXPIRED
            && (columns() != shownColumns || rows() != shownRows)) {
          show(lines.get());
        }
      }
      return isEnding;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    terminal.puts(Capability.cursor_normal);
    terminal.puts(Capability.exit_ca_mode);
    terminal.flush();
    terminal.setAttributes(before);
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
