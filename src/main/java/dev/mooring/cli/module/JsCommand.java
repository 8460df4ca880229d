package dev.mooring.cli.module;

import dev.mooring.cli.terminal.Console;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code mooring js}: what helps to write guests in JavaScript. */
@Command(name = "js", header = "Begin a guest in JavaScript.", synopsisSubcommandLabel = "COMMAND")
public final class JsCommand {
  private JsCommand() {}

  /** With its subcommands. */
  public static CommandLine commandLine(Console console) {
    return new CommandLine(new JsCommand()).addSubcommand(new JsNewCommand(console));
  }
}
