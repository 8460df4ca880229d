package dev.mooring.cli;

/** How the command ends, for scripts. The launcher adds 4: no Java to run on. */
final class ExitCode {
  /** All went well. */
  static final int OK = 0;

  /** The server, the guest or the command itself could not do what was asked. */
  static final int FAILED = 1;

  /** The command line, or a file that it names, makes no sense. Nothing was done. */
  static final int USAGE = 2;

  /** No server answers at the address. */
  static final int NO_SERVER = 3;

  private ExitCode() {}
}
