package dev.mooring.cli.text;

/** How the command ends, for scripts. The launcher adds 4: no Java to run on. */
public final class ExitCode {
  /** All went well. */
  public static final int OK = 0;

  /** The server, the guest or the command itself could not do what was asked. */
  public static final int FAILED = 1;

  /** The command line, or a file that it names, makes no sense. Nothing was done. */
  public static final int USAGE = 2;

  /** No server answers at the address. */
  public static final int NO_SERVER = 3;

  private ExitCode() {}
}
