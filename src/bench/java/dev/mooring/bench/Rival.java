package dev.mooring.bench;

import dev.mooring.bench.peers.AlteredMooring;
import dev.mooring.bench.peers.PeerServer;
import dev.mooring.bench.peers.PeerServer.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers that are measured over the network: Mooring as it is, and what it is compared with.
 */
enum Rival {
  /** As its launcher starts it. */
  MOORING("mooring"),
  /** The limit of the transport: it runs no guest. */
  NETTY_ECHO(Shape.NETTY_ECHO),
  /** That of WebSocket's. */
  WEBSOCKET_ECHO(Shape.WEBSOCKET_ECHO),
  /** That of gRPC's. */
  GRPC_ECHO(Shape.GRPC_ECHO),
  CHICORY_PLAIN(Shape.CHICORY_PLAIN),
  ACTOR_THREAD(Shape.ACTOR_THREAD),
  ACTOR_VIRTUAL(Shape.ACTOR_VIRTUAL),
  WORKER_POOL(Shape.WORKER_POOL),
  NODE_V8("node-v8"),
  NO_PREEMPTION("mooring, no preemption");

  private final String label;

  Rival(String label) {
    this.label = label;
  }

  Rival(Shape shape) {
    this(shape.label());
  }

  /** For people. */
  String label() {
    return label;
  }

  /** Whether it runs guests at all: if not, every call's answer is its input. */
  boolean runsGuests() {
    return this != NETTY_ECHO && this != WEBSOCKET_ECHO && this != GRPC_ECHO;
  }

  /** What it speaks; Mooring speaks all. */
  Door door() {
    return switch (this) {
      case WEBSOCKET_ECHO -> Door.WEBSOCKET;
      case GRPC_ECHO -> Door.GRPC;
      default -> Door.TCP;
    };
  }

  /**
   * The command that starts it. It prints a line that ends with the port.
   *
   * @param folder has the modules, and {@link ServerProcess#CONFIG} for Mooring
   * @param loops event loops, or processes
   */
  List<String> command(Setting setting, Path folder, int loops)
      throws IOException, InterruptedException {
    String count = Integer.toString(loops);
    return switch (this) {
      case MOORING ->
          List.of(
              LauncherFlags.launcher(setting).toString(),
              "serve",
              "--listen",
              "127.0.0.1:0",
              "--modules",
              folder.toString(),
              "--config",
              folder.resolve(ServerProcess.CONFIG).toString());
      case NODE_V8 ->
          List.of(
              setting.node(),
              setting.source().resolve("bench/peers/server.mjs").toString(),
              count,
              folder.toString());
      case NO_PREEMPTION -> jvm(setting, AlteredMooring.class, count, folder.toString());
      case NETTY_ECHO,
          WEBSOCKET_ECHO,
          GRPC_ECHO,
          CHICORY_PLAIN,
          ACTOR_THREAD,
          ACTOR_VIRTUAL,
          WORKER_POOL ->
          jvm(setting, PeerServer.class, label, count, folder.toString());
    };
  }

  /** With the flags that Mooring's own launcher gives a server. */
  private static List<String> jvm(Setting setting, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Setting.assertions());
    command.addAll(LauncherFlags.of(setting, "serve"));
    command.add("-Dlogback.configurationFile=" + setting.source().resolve("bench/logback.xml"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }
}
