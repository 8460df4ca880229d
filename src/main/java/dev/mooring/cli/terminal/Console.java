package dev.mooring.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command reads from and writes to: the process's own streams, or a test's.
 *
 * <p>Text is UTF-8 whatever the locale says: guests speak UTF-8. Both outputs may be used from any
 * thread.
 *
 * @param in bytes as they come
 * @param out answers, and nothing else
 * @param err everything that is about the answers: errors, events, progress
 * @param inTerminal whether a person types
 * @param outTerminal whether a person reads {@code out}
 * @param errTerminal whether a person reads {@code err}
 * @param colours whether that person wants colours; off where {@code NO_COLOR} is set
 */
public record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean inTerminal,
    boolean outTerminal,
    boolean errTerminal,
    boolean colours) {

  /**
   * The process's streams. Java itself can't tell which of the three are terminals: the launcher
   * says so, in {@code mooring.terminals}, as their digits.
   */
  public static Console ofProcess() {
    String terminals = System.getProperty("mooring.terminals", "");
    String noColour = System.getenv("NO_COLOR");
    return new Console(
        new FileInputStream(FileDescriptor.in),
        printer(FileDescriptor.out),
        printer(FileDescriptor.err),
        terminals.contains("0"),
        terminals.contains("1"),
        terminals.contains("2"),
        (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM")));
  }

  private static PrintStream printer(FileDescriptor descriptor) {
    // Unbuffered but for each print's own bytes: what was printed is out, whatever happens next.
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Text for {@code out} in a colour, if that is wanted and seen. */
  public String outInk(Ink ink, String text) {
    return outTerminal && colours ? ink.paint(text) : text;
  }

  /** Text for {@code err} in a colour, if that is wanted and seen. */
  public String errInk(Ink ink, String text) {
    return errTerminal && colours ? ink.paint(text) : text;
  }

  /** The few looks that text has here. */
  public enum Ink {
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    CYAN("36");

    private final String code;

    Ink(String code) {
      this.code = code;
    }

    private String paint(String text) {
      return "\u001b[" + code + "m" + text + "\u001b[0m";
    }
  }
}
