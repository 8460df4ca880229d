package dev.mooring.cli;

import dev.mooring.loadtest.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a load goes: the servers, and what is opened there. */
final class TargetOptions {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      converter = HostAndPort.Converter.class,
      split = ",",
      description =
          "Where the server listens, 127.0.0.1:7070 by default; may be repeated: connections take"
              + " turns.")
  private List<HostAndPort> servers = new ArrayList<>();

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
      names = "--token",
      paramLabel = "FILE",
      description = "The file that holds the token which says who asks.")
  private @Nullable Path token;

  @Option(names = "--tls", description = "Speak TLS.")
  private boolean tls;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Trust whom these certificates (PEM) vouch for; by default, whom Java trusts.")
  private @Nullable Path authorities;

  @Option(names = "--insecure", description = "With --tls: trust anybody.")
  private boolean insecure;

  Target toTarget() {
    return new Target(
        (servers.isEmpty() ? List.of(new HostAndPort("127.0.0.1", 7070)) : servers)
            .stream().map(HostAndPort::toSocketAddress).toList(),
        sources.stream().map(TargetOptions::address).toList(),
        module,
        config,
        token == null ? "" : read(token),
        tls());
  }

  private Target.@Nullable Tls tls() {
    if (!tls) {
      if (authorities != null || insecure) {
        throw CommandFailure.usage("--ca and --insecure are for TLS, expected --tls with them");
      }
      return null;
    }
    if (authorities != null && insecure) {
      throw CommandFailure.usage("--ca and --insecure exclude each other, expected one of them");
    }
    if (authorities != null && !Files.isReadable(authorities)) {
      throw CommandFailure.usage("--ca " + authorities + " can't be read");
    }
    return new Target.Tls(authorities, insecure);
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw CommandFailure.usage(
          "--source is '%s', expected an address of this machine".formatted(text));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw CommandFailure.usage("--token " + file + " can't be read: " + e.getMessage());
    }
  }
}
