package dev.mooring.module;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
