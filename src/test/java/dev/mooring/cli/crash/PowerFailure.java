package dev.mooring.cli.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.server.testing.Needed;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes from a folder what a power failure may take: whatever no sync had seen to when the process
 * that wrote it was killed. {@code synced.c}, which is loaded into that process, tells what had
 * been.
 *
 * <p>A file has what it had when it was last synced; what was written behind that is gone, or there
 * in part, or pages of it are. The folder names what it named when it was last synced; each name
 * that came or went since is as it was, or as it is. A file that was synced and moved isn't lost
 * under both names.
 */
final class PowerFailure {
  /** How much is taken. */
  enum Loss {
    /** Whatever may be. */
    ALL,
    /** At random, what may be. */
    SOME
  }

  private static final String SOURCE = "synced.c";
  private static final String NOTES = "notes";
  private static final int PAGE_BYTES = 4096;

  private final Path folder;
  private final Path notes;
  private final Path library;
  private final Random random;

  /** What has been synced, by inode: up to which length; and what the folder named, then. */
  private final Map<Long, Long> lengths = new HashMap<>();

  private Map<String, Long> names = new HashMap<>();

  private long lostBytes;

  /**
   * @param in where the folder is
   * @param folder the name of what it strikes; may be missing
   * @param work for what it needs, which isn't there yet, on the same file system
   */
  PowerFailure(Path in, String folder, Path work, Random random) throws Exception {
    this.folder = in.toRealPath().resolve(folder);
    this.random = random;
    notes = Files.createDirectories(work.resolve(NOTES)).toRealPath();
    library = build(work);
  }

  /** Needs a C compiler; the test is skipped without, but not in CI. */
  private static Path build(Path work) throws IOException, InterruptedException {
    String compiler = compiler();
    Path source = work.resolve(SOURCE);
    try (InputStream in = PowerFailure.class.getResourceAsStream(SOURCE)) {
      Files.copy(in, source);
    }
    Path library = work.resolve("synced.so");
    Process build =
        new ProcessBuilder(
                compiler,
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl",
                "-lpthread")
            .inheritIO()
            .start();
    assertEquals(0, build.waitFor(), compiler);
    return library;
  }

  private static String compiler() {
    return Needed.programs("cc", "clang", "gcc")
        .findFirst()
        .map(Path::toString)
        .orElseThrow(
            () ->
                Needed.missing(
                    "there is no C compiler on the PATH, so no power has failed",
                    "install Debian's package clang"));
  }

  /** What the process that writes to the folder is started with. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "SYNCED_FOLDER",
        folder.toString(),
        "SYNCED_NOTES",
        notes.toString());
  }

  /** Bytes that were written and are gone, in all. */
  long lostBytes() {
    return lostBytes;
  }

  /** Whoever wrote is dead; the folder is as the disk has it, and that is safe. */
  void strike(Loss loss) throws IOException {
    read();
    Map<String, Long> present = inodes(folder);
    Map<Long, Path> files = new HashMap<>();
    for (Path place : List.of(notes, folder)) {
      inodes(place).forEach((name, inode) -> files.put(inode, place.resolve(name)));
    }
    Map<String, Long> left = left(present, loss);
    Path after = Files.createDirectory(folder.resolveSibling("after"));
    for (var each : left.entrySet()) {
      Path file = files.get(each.getValue());
      if (file == null) {
        throw new AssertionError(each + " was synced and is nowhere");
      }
      copy(file, lengths.getOrDefault(each.getValue(), 0L), after.resolve(each.getKey()), loss);
    }
    delete(notes);
    delete(folder);
    Files.setPosixFilePermissions(
        after,
        Set.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE));
    Files.move(after, folder);
    Files.createDirectory(notes);
    lengths.clear();
    names = inodes(folder);
    for (var each : names.entrySet()) {
      lengths.put(each.getValue(), Files.size(folder.resolve(each.getKey())));
    }
  }

  /** A line that isn't whole was being written when the process ended. */
  private void read() throws IOException {
    String text = Files.readString(notes.resolve(NOTES));
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("file")) {
        lengths.merge(Long.parseLong(words[1]), Long.parseLong(words[2]), Math::max);
      } else if (words[0].equals("folder")) {
        names.clear();
        for (int i = 1; i < words.length; i += 2) {
          names.put(words[i + 1], Long.parseLong(words[i]));
        }
      }
    }
  }

  private static Map<String, Long> inodes(Path folder) throws IOException {
    var inodes = new TreeMap<String, Long>();
    if (Files.isDirectory(folder)) {
      try (var files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          Object inode = Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
          inodes.put(file.getFileName().toString(), (Long) inode);
        }
      }
    }
    return inodes;
  }

  /** What the folder names afterwards. */
  private Map<String, Long> left(Map<String, Long> present, Loss loss) {
    if (loss == Loss.ALL) {
      return names;
    }
    var all = new TreeSet<>(names.keySet());
    all.addAll(present.keySet());
    var left = new TreeMap<String, Long>();
    for (String name : all) {
      @Nullable Long inode = (random.nextBoolean() ? names : present).get(name);
      if (inode != null) {
        left.put(name, inode);
      }
    }
    for (var each : present.entrySet()) { // It was moved: it is there or here.
      if (names.containsValue(each.getValue()) && !left.containsValue(each.getValue())) {
        left.put(each.getKey(), each.getValue());
      }
    }
    return left;
  }

  private void copy(Path from, long synced, Path to, Loss loss) throws IOException {
    Files.copy(from, to);
    long written = Files.size(to);
    long kept = Math.min(synced, written);
    try (var file = new RandomAccessFile(to.toFile(), "rw")) {
      long length = loss == Loss.ALL ? kept : kept + random.nextLong(written - kept + 1);
      if (loss == Loss.SOME && random.nextBoolean()) {
        losePages(file, kept, length);
      }
      file.setLength(length);
      lostBytes += written - length;
    }
  }

  /** Whatever was synced of a page is there. */
  private void losePages(RandomAccessFile file, long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      long end = Math.min(to, (at / PAGE_BYTES + 1) * PAGE_BYTES);
      if (random.nextBoolean()) {
        file.seek(at);
        file.write(new byte[(int) (end - at)]);
        lostBytes += end - at;
      }
      at = end;
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      var files = new ArrayList<Path>();
      try (var stream = Files.newDirectoryStream(folder)) {
        stream.forEach(files::add);
      }
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder);
    }
  }
}
