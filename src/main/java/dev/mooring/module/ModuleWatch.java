package dev.mooring.module;

import dev.mooring.error.ErrorText;
import dev.mooring.file.FileStamp;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices which files of a directory are new or have changed since the server started. A file is
 * reported when two looks in a row find it the same, so that one that is just being copied isn't
 * taken for a broken one. What lies there and is no module is in the log, with the reason.
 *
 * <p>It looks rather than be told: that works on every file system, networks' too, and costs a few
 * microseconds per file.
 *
 * <p>One thread at a time, but for {@link #files}.
 */
final class ModuleWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleWatch.class);

  /** Told what was noticed. */
  interface Listener {
    /** A file is new or has changed, and has settled. */
    void changed(String name);

    /** A file is gone. */
    void removed(String name);
  }

  private record Seen(FileStamp stamp, boolean reported) {}

  private final ModuleNames names;
  private final Listener listener;
  private final Map<String, Seen> seen = new HashMap<>();
  private volatile SortedMap<String, FileStamp> files = Collections.emptySortedMap();

  private final PassedOver passedOver = new PassedOver();
  private boolean failed;

  /** Takes what is there now as known. */
  ModuleWatch(ModuleNames names, Listener listener) throws IOException {
    this.names = names;
    this.listener = listener;
    this.files = list();
    files.forEach((name, stamp) -> seen.put(name, new Seen(stamp, true)));
  }

  private SortedMap<String, FileStamp> list() throws IOException {
    var found = new TreeMap<String, FileStamp>();
    ModuleNames.Content content = names.list();
    var others = content.others();
    for (String name : content.names()) {
      FileStamp stamp = stamp(name, others);
      if (stamp != null) {
        found.put(name, stamp);
      }
    }
    passedOver.see(others);
    return Collections.unmodifiableSortedMap(found);
  }

  /** The stamp of a name's files; as it last was, if they can't be looked at: they aren't gone. */
  private @Nullable FileStamp stamp(String name, Map<String, String> others) {
    try {
      FileStamp stamp = names.stamp(name);
      if (stamp == null) {
        others.putAll(names.whyNoFile(name));
      }
      return stamp;
    } catch (IOException e) { // A link that leads to itself, say. The others are looked at.
      others.putAll(names.whyNoFile(name));
      return files.get(name);
    }
  }

  /** What was there when it last looked, by name. Any thread. */
  SortedMap<String, FileStamp> files() {
    return files;
  }

  /** Looks at every file, and reports what it finds. */
  void look() {
    try {
      var present = list();
      files = present;
      present.forEach(this::look);
      var gone = new HashSet<>(seen.keySet());
      gone.removeAll(present.keySet());
      gone.forEach(this::forget);
      failed = false;
    } catch (IOException | RuntimeException e) {
      // Once, and not again at each look: what is known goes on being served.
      if (!failed) {
        LOG.atWarn().log("the module directory can't be read: {}", ErrorText.of(e));
      }
      failed = true;
    }
  }

  private void look(String name, FileStamp stamp) {
    Seen before = seen.get(name);
    if (before == null || !before.stamp.equals(stamp)) {
      seen.put(name, new Seen(stamp, false));
    } else if (!before.reported) {
      seen.put(name, new Seen(stamp, true));
      listener.changed(name);
    }
  }

  private void forget(String name) {
    seen.remove(name);
    listener.removed(name);
  }
}
