package dev.mooring.cli.load;

import dev.mooring.cli.client.ClientSecurity;
import dev.mooring.cli.client.DurabilityConverter;
import dev.mooring.cli.client.ServerOption;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.client.Keep;
import dev.mooring.client.ServerAddress;
import dev.mooring.client.TlsOptions;
import dev.mooring.loadtest.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a load goes: the servers, and what is opened there. */
final class TargetOptions {
  @Option(
      names = "--server",
      paramLabel = "[SCHEME://]HOST:PORT",
      converter = ServerOption.Converter.class,
      split = ",",
      description =
          "Where the server listens, 127.0.0.1:7070 by default; may be repeated: connections take"
              + " turns."
              + ServerOption.SCHEMES)
  private List<ServerAddress> servers = new ArrayList<>();

  @Option(
      names = "--source",
      paramLabel = "ADDRESS",
      split = ",",
      description =
          "A local address to connect from; may be repeated: connections take turns. Each has some"
              + " 28,000 ports.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = {"-m", "--module"},
      paramLabel = "M",
      defaultValue = "echo",
      description = "The module that each connection opens; ${DEFAULT-VALUE} by default.")
  private String module = "echo";

  @Option(
      names = {"-c", "--config"},
      paramLabel = "KEY=VALUE",
      description = "A key of the guest's configuration; may be repeated.")
  private Map<String, String> config = new LinkedHashMap<>();

  @Option(
      names = "--durability",
      paramLabel = "memory|async|disk",
      converter = DurabilityConverter.class,
      description =
          "Keep each session beyond its connection, and acknowledge what it says: in memory; async,"
              + " also beyond the server's process; disk, also beyond a power failure. Not kept by"
              + " default. A connection that is lost begins a new one all the same.")
  private Keep.@Nullable Durability durability;

  @Mixin private ClientSecurity security = new ClientSecurity();

  @Option(names = "--insecure", description = "Speak TLS, and trust any server.")
  private boolean insecure;

  Target toTarget() {
    String token = security.token();
    List<ServerAddress> wanted =
        servers.isEmpty() ? List.of(ServerAddress.parse("127.0.0.1:7070")) : servers;
    ServerAddress.Scheme scheme = wanted.getFirst().scheme();
    if (wanted.stream().anyMatch(server -> server.scheme() != scheme)) {
      throw CommandFailure.usage(
          "the servers differ in what is spoken with them; expected the same scheme before each");
    }
    return new Target(
        wanted.stream()
            .map(server -> new HostAndPort(server.host(), server.port()).toSocketAddress())
            .toList(),
        scheme.wire(),
        sources.stream().map(TargetOptions::address).toList(),
        module,
        config,
        token == null ? "" : token,
        durability,
        tls(scheme.isSecure()));
  }

  private Target.@Nullable Tls tls(boolean isAskedFor) {
    TlsOptions options = security.tlsOptions();
    if (insecure && options != null && options.trust() != null) {
      throw CommandFailure.usage(
          "--insecure trusts any server, and --ca (or MOORING_CA) some; expected one of them");
    }
    if (options == null) {
      return insecure || isAskedFor ? new Target.Tls(TlsOptions.SYSTEM, insecure) : null;
    }
    return new Target.Tls(options, insecure);
  }

  /** With any other, connecting would fail, and it would look as if no server were there. */
  private static InetAddress address(String text) {
    try {
      InetAddress address = InetAddress.getByName(text);
      new ServerSocket(0, 1, address).close();
      return address;
    } catch (IOException e) {
      throw CommandFailure.usage(
          "--source is '%s', expected an address of this machine".formatted(text));
    }
  }
}
