package dev.mooring.module;

import dev.mooring.error.ErrorText;
import dev.mooring.file.FileStamp;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleRefused;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the bytes of a directory's files are called. Each file is read once, and again when its
 * stamp is another: who asks for a digest that isn't there makes the server read no more than that.
 *
 * <p>Compile threads; a file is read by one of them.
 */
final class FileDigests {
  private static final Logger LOG = LoggerFactory.getLogger(FileDigests.class);

  private record Known(FileStamp stamp, String digest) {}

  private final ModuleNames names;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  FileDigests(ModuleNames names) {
    this.names = names;
  }

  /**
   * The digest of a name's file; null if it can't be read.
   *
   * @param stamp what the file was like when it was last looked at
   */
  @Nullable String of(String name, FileStamp stamp) {
    Known digest =
        known.compute(
            name,
            (key, before) ->
                before != null && before.stamp().equals(stamp) ? before : read(name, stamp));
    return digest == null ? null : digest.digest();
  }

  private @Nullable Known read(String name, FileStamp stamp) {
    try {
      return new Known(stamp, GuestModule.digest(names.read(name, Long.MAX_VALUE)));
    } catch (ModuleRefused e) {
      return null;
    } catch (IOException e) { // It may be gone. A look that finds it there will tell.
      LOG.atDebug().addKeyValue("module", name).log("can't be read: {}", ErrorText.of(e));
      return null;
    }
  }

  /** Reads each file again when it is next asked for, even if its stamp is what it was. */
  void forgetAll() {
    known.clear();
  }

  /** A file is gone. */
  void forget(String name) {
    known.remove(name);
  }
}
