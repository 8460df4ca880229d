package dev.mooring.admin;

import java.util.List;

/** What can be asked of whoever runs the server's process. Any thread. */
public interface Operator {
  /** Nobody: what is asked is refused. */
  Operator NONE =
      new Operator() {
        @Override
        public boolean drain() {
          return false;
        }

        @Override
        public Reloaded reload() {
          return new Reloaded(
              false, "this server was started by a program that can't do that", List.of());
        }
      };

  /**
   * What came of reading configuration, certificates, tokens and modules again.
   *
   * @param error what was wrong, and so nothing was changed; empty if nothing was
   * @param needRestart keys that differ and take a restart
   */
  record Reloaded(boolean isDone, String error, List<String> needRestart) {
    public Reloaded {
      needRestart = List.copyOf(needRestart);
    }
  }

  /**
   * Has the server end in good order, soon.
   *
   * @return false if it can't be asked for that
   */
  boolean drain();

  /** Reads configuration, certificates, tokens and modules again. */
  Reloaded reload();

  /** The configuration in force, by key; none where it came from no file. */
  default List<Setting> settings() {
    return List.of();
  }
}
