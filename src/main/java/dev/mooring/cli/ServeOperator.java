package dev.mooring.cli;

import dev.mooring.admin.Operator;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code mooring serve} does when it is asked to, by a signal or by its admin side. */
final class ServeOperator implements Operator {
  private static final Logger LOG = LoggerFactory.getLogger(ServeOperator.class);

  private final CountDownLatch stop;
  private final Supplier<ServerConfig> config;
  private volatile @Nullable MooringServer server;

  /**
   * @param stop whoever waits for it ends the server in good order
   * @param config reads it again
   */
  ServeOperator(CountDownLatch stop, Supplier<ServerConfig> config) {
    this.stop = stop;
    this.config = config;
  }

  /** From now on there is a server to be reloaded. */
  void operate(MooringServer started) {
    server = started;
  }

  @Override
  public boolean drain() {
    stop.countDown();
    return true;
  }

  @Override
  public synchronized Reloaded reload() {
    MooringServer running = server;
    if (running == null) {
      return new Reloaded(false, "the server is still starting", List.of());
    }
    running.reloadFiles();
    try {
      return new Reloaded(true, "", running.reload(config.get()));
    } catch (CommandFailure e) {
      LOG.atError().log("the configuration was not reloaded: {}", e.getMessage());
      return new Reloaded(false, String.valueOf(e.getMessage()), List.of());
    }
  }
}
