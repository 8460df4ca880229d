package dev.mooring.cli.client;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionLimits;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which session to open, and where: the options that {@code call}, {@code stream}, {@code shell}
 * share.
 */
final class SessionOptions {
  @Mixin private ServerOption server = new ServerOption();

  @Mixin private ClientSecurity security = new ClientSecurity();

  @Option(
      names = {"-m", "--module"},
      required = true,
      paramLabel = "M",
      description =
          "The module whose instance to call: NAME, NAME@sha256:HEX for exactly those bytes, or"
              + " sha256:HEX.")
  private String module = "";

  @Option(
      names = {"-c", "--config"},
      paramLabel = "KEY=VALUE",
      description = "A key of the guest's configuration; may be repeated.")
  private Map<String, String> config = new LinkedHashMap<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Durations.Converter.class,
      defaultValue = "1s",
      description =
          "How long each call may take, such as 50ms or 1s, the default; the server allows at most"
              + " what its operator does.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--session",
      paramLabel = "NAME",
      description =
          "Go on with the session of this name, or begin it. It is kept when the command ends;"
              + " :close of the shell ends it.")
  private @Nullable String session;

  @Option(
      names = "--durability",
      paramLabel = "memory|async|disk",
      converter = DurabilityConverter.class,
      description =
          "What a session that --session begins survives: memory, the end of its connection, which"
              + " is the default; async, also that of the server's process; disk, also a power"
              + " failure.")
  private Keep.@Nullable Durability durability;

  /** The module as it was named. */
  String module() {
    return module;
  }

  /** A client that speaks to the server as was asked for. */
  MooringClient newClient() {
    return security.newClient();
  }

  /** What was asked for, for the command to add to. */
  OpenOptions toOpenOptions() {
    if (module.isEmpty()) {
      throw CommandFailure.usage("--module is empty, expected NAME or NAME@sha256:HEX");
    }
    OpenOptions open =
        OpenOptions.module(module)
            .withConfig(config)
            .withAuthToken(security.token())
            .withLimits(SessionLimits.DEFAULTS.withCallTimeout(timeout));
    if (session == null) {
      if (durability != null) {
        throw CommandFailure.usage("--durability takes a --session, which is kept");
      }
      return open;
    }
    if (session.isEmpty()) {
      throw CommandFailure.usage("--session is empty, expected a name");
    }
    Keep keep = Keep.named(session);
    return open.withKeep(durability == null ? keep : keep.withDurability(durability));
  }

  /** The end of a command's business with its session. */
  interface Leaving extends AutoCloseable {
    @Override
    void close();
  }

  /** Leaves a session when the command ends: one that has a name stays at the server. */
  Leaving leaving(MooringSession opened) {
    return session == null ? opened::close : opened::detach;
  }

  /**
   * Opens the session.
   *
   * @throws CommandFailure if there is no server, with that exit code
   * @throws MooringException if the server won't open it
   */
  MooringSession open(MooringClient client, OpenOptions options) {
    try {
      return Remote.await(client.open(server.address(), options));
    } catch (MooringException e) {
      if (Remote.isNoServer(e)) {
        throw CommandFailure.noServer(
            "no server at %s: %s".formatted(server.address(), e.getMessage()), e);
      }
      throw e;
    }
  }
}
