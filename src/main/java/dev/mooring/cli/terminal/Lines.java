package dev.mooring.cli.terminal;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where the shell's lines come from, and where what it says goes: a person's terminal, or a pipe.
 */
public interface Lines extends AutoCloseable {

  /**
   * Waits for the next line.
   *
   * @return null at the end of input
   * @throws IOException if the input can't be read
   */
  @Nullable String read() throws IOException;

  /**
   * Shows what came without being asked for, such as an event, without spoiling a line that is
   * being typed. From any thread.
   */
  void announce(String text);

  /** Gives the terminal back. */
  @Override
  void close();
}
