package dev.mooring.cli;

import dev.mooring.admin.Operator;
import dev.mooring.admin.Setting;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code mooring serve} does when it is asked to, by a signal or by its admin side. */
final class ServeOperator implements Operator {
  private static final Logger LOG = LoggerFactory.getLogger(ServeOperator.class);

  private final CountDownLatch stop;
  private final Function<List<Setting>, ServerConfig> config;
  private volatile List<Setting> settings;
  private volatile @Nullable MooringServer server;

  /**
   * @param stop whoever waits for it ends the server in good order
   * @param config reads it again, and says where each value came from
   * @param settings those in force
   */
  ServeOperator(
      CountDownLatch stop, Function<List<Setting>, ServerConfig> config, List<Setting> settings) {
    this.stop = stop;
    this.config = config;
    this.settings = List.copyOf(settings);
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
      var read = new ArrayList<Setting>();
      List<String> needRestart = running.reload(config.apply(read));
      settings = inForce(read, needRestart);
      return new Reloaded(true, "", needRestart);
    } catch (CommandFailure e) {
      LOG.atError().log("the configuration was not reloaded: {}", e.getMessage());
      return new Reloaded(false, String.valueOf(e.getMessage()), List.of());
    }
  }

  @Override
  public List<Setting> settings() {
    return settings;
  }

  /** What takes a restart is as it was. */
  private List<Setting> inForce(List<Setting> read, List<String> needRestart) {
    var inForce = new ArrayList<Setting>();
    for (Setting setting : read) {
      if (!isOf(setting, needRestart)) {
        inForce.add(setting);
      }
    }
    for (Setting setting : settings) {
      if (isOf(setting, needRestart)) {
        inForce.add(setting);
      }
    }
    return List.copyOf(inForce);
  }

  private static boolean isOf(Setting setting, List<String> keysAndTables) {
    return keysAndTables.stream()
        .anyMatch(key -> setting.key().equals(key) || setting.key().startsWith(key + "."));
  }
}
