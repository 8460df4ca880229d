package dev.mooring.cli.client;

import dev.mooring.cli.text.HostAndPort;
import picocli.CommandLine.Option;

/** Where the server is: the option that all client commands share. */
final class ServerOption {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7070",
      converter = HostAndPort.Converter.class,
      description = "Where the server listens; ${DEFAULT-VALUE} by default.")
  private HostAndPort address = new HostAndPort("127.0.0.1", 7070);

  HostAndPort address() {
    return address;
  }
}
