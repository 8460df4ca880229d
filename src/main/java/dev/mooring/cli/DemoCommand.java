package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.client.MooringClient;
import dev.mooring.error.ErrorText;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code mooring demo}: a tour of what Mooring does, with a server of its own. */
@Command(
    name = "demo",
    header = "Take a tour: a server, its modules, and a client, in a few seconds.",
    description = {
      "Starts a server on a free port in this process, and calls the bundled modules through it over"
          + " TCP. Everything that is shown has happened; the command fails if anything isn't as"
          + " promised.",
      "",
      "Example:",
      "  mooring demo"
    })
final class DemoCommand implements Callable<Integer> {
  private final Console console;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var config = ServerConfig.of(anyPort, Distribution.modules());
    try (MooringServer server = MooringServer.start(config);
        var client = MooringClient.create()) {
      new Tour(server, client, console).run();
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailure.failed("can't start the demo's server: " + ErrorText.of(e), e);
    }
  }
}
