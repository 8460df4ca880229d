package dev.mooring.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.file.LookAlikes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class ModuleWatchTest {
  private final List<String> noticed = new ArrayList<>();
  private final Path directory;

  ModuleWatchTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private ModuleWatch watch() throws IOException {
    return new ModuleWatch(
        new ModuleNames(directory),
        new ModuleWatch.Listener() {
          @Override
          public void changed(String name) {
            noticed.add("changed " + name);
          }

          @Override
          public void removed(String name) {
            noticed.add("removed " + name);
          }
        });
  }

  private void write(String file, int bytes) throws IOException {
    Files.write(directory.resolve(file), new byte[bytes]);
  }

  private List<String> look(ModuleWatch watch) {
    watch.look();
    var news = List.copyOf(noticed);
    noticed.clear();
    return news;
  }

  @Test
  void look_nothingChanged_reportsNothing() throws IOException {
    write("old.wasm", 1);
    ModuleWatch watch = watch();
    for (int i = 0; i < 5; i++) {
      assertEquals(List.of(), look(watch));
    }
  }

  @Test
  void look_newFile_reportsItOnceItHasSettled() throws IOException {
    ModuleWatch watch = watch();
    write("new.wasm", 1);
    assertEquals(List.of(), look(watch), "it may still be written");
    write("new.wasm", 2);
    assertEquals(List.of(), look(watch), "it was");
    assertEquals(List.of("changed new"), look(watch));
    assertEquals(List.of(), look(watch));
  }

  @Test
  void look_replacedFile_reportsIt() throws IOException {
    write("a.wasm", 1);
    ModuleWatch watch = watch();
    write("other", 1);
    Files.move(
        directory.resolve("other"),
        directory.resolve("a.wasm"),
        StandardCopyOption.REPLACE_EXISTING);
    assertEquals(List.of(), look(watch));
    assertEquals(List.of("changed a"), look(watch), "another file of the same size");
  }

  @Test
  void look_copiedOverWithItsTime_reportsIt() throws Exception {
    Path file = LookAlikes.write(directory.resolve("a.wasm"), new byte[] {1});
    ModuleWatch watch = watch();
    LookAlikes.copyOver(file, new byte[] {2});
    assertEquals(List.of(), look(watch));
    assertEquals(List.of("changed a"), look(watch), "the same file, of the same size and time");
    LookAlikes.writeOver(file, new byte[] {3});
    assertEquals(List.of(), look(watch));
    assertEquals(List.of("changed a"), look(watch));
  }

  @Test
  void look_removedFile_reportsItOnce() throws IOException {
    write("a.wasm", 1);
    ModuleWatch watch = watch();
    Files.delete(directory.resolve("a.wasm"));
    assertEquals(List.of("removed a"), look(watch));
    assertEquals(List.of(), look(watch));
  }

  @Test
  void look_whatIsNoModule_isIgnored() throws IOException {
    ModuleWatch watch = watch();
    write("readme.txt", 1);
    write("no name.wasm", 1);
    Files.createDirectory(directory.resolve("folder.wasm"));
    look(watch);
    assertEquals(List.of(), look(watch));
  }

  /** What the package logs meanwhile, with the file that it is about. */
  private static List<String> logged(Looking looking) throws IOException {
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.module");
    var log = new ListAppender<ILoggingEvent>();
    log.start();
    logger.addAppender(log);
    logger.setAdditive(false);
    try {
      looking.look();
    } finally {
      logger.detachAppender(log);
      logger.setAdditive(true);
    }
    return log.list.stream()
        .map(e -> e.getKeyValuePairs().getFirst().value + " " + e.getFormattedMessage())
        .toList();
  }

  private interface Looking {
    void look() throws IOException;
  }

  @Test
  void look_filesThatAreNoModules_saysWhyOnce() throws IOException {
    write("a.wasm", 1);
    write("my module.wasm", 1);
    write("x".repeat(129) + ".wasm", 1);
    write("gr\u00F6\u00DFe.wasm", 1);
    write("-dash.wasm", 1);
    write("shout.WASM", 1);
    write("text.wat", 1);
    Files.createDirectory(directory.resolve("folder.wasm"));
    Files.createSymbolicLink(directory.resolve("gone.wasm"), directory.resolve("nothing"));
    for (String other :
        List.of("README", "notes.txt", ".a.wasm.swp", ".b.wasm", "c.wasm~", "d.wasm.part")) {
      write(other, 1);
    }
    String name =
        "; expected NAME.wasm, where NAME is an ASCII letter, a digit or _, then up to 127 of these, '.' and '-'";
    var watch = new ArrayList<ModuleWatch>();
    assertEquals(
        List.of(
            "-dash.wasm is no module: its name begins with '-'" + name,
            "folder.wasm is no module: it is a folder",
            "gone.wasm is no module: it is a link to a file that isn't there",
            "gr\u00F6\u00DFe.wasm is no module: in its name is '\u00F6'" + name,
            "my module.wasm is no module: in its name is ' '" + name,
            "shout.WASM is no module: its name ends with '.WASM'; expected '.wasm'",
            "text.wat is no module: it is WebAssembly's text format; expected the binary one, NAME.wasm",
            "x".repeat(100) + "\u2026 is no module: its name has 129 characters" + name),
        logged(() -> watch.add(watch())));
    assertEquals(Set.of("a"), watch.getFirst().files().keySet());
    assertEquals(List.of(), logged(watch.getFirst()::look));
    write("other one.wasm", 1);
    assertEquals(
        List.of("other one.wasm is no module: in its name is ' '" + name),
        logged(watch.getFirst()::look));
    Files.delete(directory.resolve("other one.wasm"));
    assertEquals(List.of(), logged(watch.getFirst()::look));
    write("other one.wasm", 1);
    assertEquals(1, logged(watch.getFirst()::look).size(), "it is new again");
  }

  @Test
  void look_linkThatLeadsToItself_doesNotHideTheOthers() throws IOException {
    write("a.wasm", 1);
    Path loop = directory.resolve("loop.wasm");
    Files.createSymbolicLink(loop, loop.getFileName());
    ModuleWatch watch = watch();
    assertEquals(Set.of("a"), watch.files().keySet());
    write("b.wasm", 1);
    look(watch);
    assertEquals(List.of("changed b"), look(watch));
    Files.delete(loop);
    assertEquals(List.of(), look(watch), "it never was a module");
  }

  @Test
  void look_moduleThatBecomesUnreadable_isNotTakenForRemoved() throws IOException {
    write("a.wasm", 1);
    ModuleWatch watch = watch();
    Path file = directory.resolve("a.wasm");
    Files.delete(file);
    Files.createSymbolicLink(file, file.getFileName());
    assertEquals(List.of(), look(watch));
    assertEquals(List.of(), look(watch), "whatever is served is served on");
    Files.delete(file);
    assertEquals(List.of("removed a"), look(watch));
  }

  @Test
  void look_moreUnreadableFilesThanItTellsOf_tellsOfNoMoreAndOfEachOnce() throws IOException {
    for (int i = 0; i < 150; i++) {
      Path loop = directory.resolve("loop" + i + ".wasm");
      Files.createSymbolicLink(loop, loop.getFileName());
    }
    List<String> lines =
        logged(
            () -> {
              ModuleWatch watch = watch();
              watch.look();
              watch.look();
            });
    assertEquals(101, lines.size());
    assertTrue(lines.getFirst().startsWith("loop0.wasm can't be looked at: "), lines.getFirst());
    assertEquals("150 aren't served; of the first 100 the log says why", lines.getLast());
  }

  @Test
  void look_directoryGoneAndBack_goesOn() throws IOException {
    write("a.wasm", 1);
    ModuleWatch watch = watch();
    Path elsewhere = directory.resolveSibling(directory.getFileName() + "-moved");
    Files.move(directory, elsewhere);
    assertEquals(List.of(), look(watch), "whatever is served is served on");
    Files.move(elsewhere, directory);
    assertEquals(List.of(), look(watch));
    write("b.wasm", 1);
    look(watch);
    assertEquals(List.of("changed b"), look(watch));
  }
}
