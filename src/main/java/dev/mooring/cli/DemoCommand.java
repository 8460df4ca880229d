package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.client.MooringClient;
import dev.mooring.error.ErrorText;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.session.SessionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mooring demo}: a tour of what Mooring does, with a server of its own. */
@Command(
    name = "demo",
    header = "Take a tour: a server, its modules, and a client, in a few seconds.",
    description = {
      "Starts a server on a free port in this process, and calls the bundled modules through it over"
          + " TCP. Everything that is shown has happened; the command fails if anything isn't as"
          + " promised.",
      "With --web it serves a page instead, until it is stopped: a few live sessions side by side,"
          + " which a browser on this machine opens by WebSocket.",
      "",
      "Examples:",
      "  mooring demo",
      "  mooring demo --web"
    })
final class DemoCommand implements Callable<Integer> {
  /** How long a call of the page may take: a browser beside it may keep this machine busy. */
  private static final int PAGE_CALL_MILLIS = 2_000;

  private final Console console;

  @Option(names = "--web", description = "Serve a page with live sessions, until stopped.")
  private boolean web;

  @Option(
      names = "--page",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7080",
      converter = HostAndPort.Converter.class,
      description =
          "Where --web serves its page, on this machine; port 0 is any free one. ${DEFAULT-VALUE}"
              + " by default.")
  private HostAndPort page = new HostAndPort("127.0.0.1", 7080);

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var config = ServerConfig.of(anyPort, Distribution.modules());
    return web ? servePage(config) : tour(config);
  }

  private int tour(ServerConfig config) throws InterruptedException {
    try (MooringServer server = MooringServer.start(config);
        var client = MooringClient.create()) {
      new Tour(server, client, console).run();
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailure.failed("can't start the demo's server: " + ErrorText.of(e), e);
    }
  }

  private int servePage(ServerConfig config) throws InterruptedException {
    InetSocketAddress address = page.toSocketAddress();
    if (!address.getAddress().isLoopbackAddress()) {
      throw CommandFailure.usage(
          "--page is %s, expected an address of this machine alone: anybody may call the demo"
              .formatted(page));
    }
    var stop = new CountDownLatch(1);
    try (var served = new DemoPage(address);
        MooringServer server =
            MooringServer.start(
                config
                    .withOrigins(served.origins())
                    .withSession(
                        SessionLimits.DEFAULTS.withCallTimeouts(
                            PAGE_CALL_MILLIS, PAGE_CALL_MILLIS)))) {
      ServeCommand.onSignal("TERM", stop);
      ServeCommand.onSignal("INT", stop);
      served.show((InetSocketAddress) server.address());
      console.out().println("mooring: open " + served.address() + " in a browser; Ctrl-C ends it");
      stop.await();
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailure.failed(
          "can't serve the demo at %s: %s".formatted(page, ErrorText.of(e)), e);
    }
  }
}
