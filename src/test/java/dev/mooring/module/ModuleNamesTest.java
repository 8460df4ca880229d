package dev.mooring.module;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.file.FileStamp;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.ScriptFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files and folders are modules, and what of them is read. */
final class ModuleNamesTest {
  private static final long MANY = 1 << 20;

  @TempDir private Path directory;
  private ModuleNames names;

  @BeforeEach
  void make() {
    names = new ModuleNames(directory);
  }

  private void write(String file, String text) throws IOException {
    Path target = directory.resolve(file);
    Files.createDirectories(target.getParent());
    Files.writeString(target, text);
  }

  @Test
  void list_hasFilesAndFoldersOfEveryKind() throws IOException {
    write("a.wasm", "");
    write("b.js", "");
    write("c/index.js", "");
    write("notes/readme.txt", "");
    write("mooring.d.ts", "");
    write(".hidden.js", "");
    write(".hidden/index.js", "");
    write("D.JS", "");
    write("e e.js", "");
    write("f f/index.js", "");
    ModuleNames.Content content = names.list();
    assertEquals(List.of("a", "b", "c"), content.names());
    assertEquals(
        Map.of(
            "D.JS",
            "is no module: its name ends with '.JS'; expected '.js'",
            "e e.js",
            "is no module: in its name is ' '; expected NAME.js, where NAME is "
                + Reference.NAME_RULE,
            "f f",
            "is no module: in its name is ' '; expected a folder NAME, where NAME is "
                + Reference.NAME_RULE),
        content.others());
  }

  @Test
  void read_script_hasItsNameAndText() throws Exception {
    write("b.js", "export {};");
    assertArrayEquals(
        ScriptFiles.of(Map.of("b.js", "export {};".getBytes(UTF_8))), names.read("b", MANY));
  }

  @Test
  void read_folder_hasItsScripts_theIndexFirst() throws Exception {
    write("c/index.js", "1");
    write("c/a.js", "2");
    write("c/lib/x.js", "3");
    write("c/data.json", "4");
    write("c/node_modules/p/index.js", "5");
    write("c/.git/x.js", "6");
    var files = new LinkedHashMap<String, byte[]>();
    files.put("c/index.js", "1".getBytes(UTF_8));
    files.put("c/a.js", "2".getBytes(UTF_8));
    files.put("c/lib/x.js", "3".getBytes(UTF_8));
    assertArrayEquals(ScriptFiles.of(files), names.read("c", MANY));
  }

  @Test
  void stamp_ofFolder_changesWithAnyFile() throws IOException {
    write("c/index.js", "1");
    write("c/lib/x.js", "3");
    FileStamp before = names.stamp("c");
    assertEquals(before, names.stamp("c"));
    write("c/lib/x.js", "33");
    FileStamp after = names.stamp("c");
    assertNotEquals(before, after);
    write("c/lib/y.js", "");
    assertNotEquals(after, names.stamp("c"));
    Files.delete(directory.resolve("c/index.js"));
    assertNull(names.stamp("c"));
  }

  private String refusal(String name) {
    return String.valueOf(
        assertThrows(ModuleRefused.class, () -> names.read(name, MANY)).getMessage());
  }

  @Test
  void read_ofTwo_isRefusedByName() throws IOException {
    write("x.wasm", "");
    FileStamp alone = names.stamp("x");
    write("x.js", "");
    assertNotEquals(alone, names.stamp("x"));
    assertEquals("is there more than once: x.js and x.wasm; expected one of them", refusal("x"));
    write("x/index.js", "");
    assertEquals(
        "is there more than once: x and x.js and x.wasm; expected one of them", refusal("x"));
  }

  @Test
  void suffix_isNoPartOfAName() throws IOException {
    write("x.wasm", "");
    write("y.js", "");
    write("z.js/index.js", "");
    assertNull(names.stamp("x.wasm"));
    assertNull(names.stamp("y.js"));
    assertNull(names.stamp("z"));
    assertEquals(Map.of("z.js", "is no module: it is a folder"), names.whyNoFile("z"));
  }

  @Test
  void file_thatCantBeLookedAt_isToldBesideOneThatCan() throws IOException {
    write("x.wasm", "");
    Files.createSymbolicLink(directory.resolve("x.js"), Path.of("x.js"));
    assertThrows(IOException.class, () -> names.stamp("x"));
    assertEquals(Set.of("x.js"), names.whyNoFile("x").keySet());
  }

  @Test
  void read_beyondTheBounds_isRefused() throws IOException {
    write("b.js", "12345");
    assertEquals(
        "has 5 bytes; a module may have at most 4",
        String.valueOf(assertThrows(ModuleRefused.class, () -> names.read("b", 4)).getMessage()));
    write("c/index.js", "");
    for (int i = 0; i < ScriptFiles.MAX_FILES; i++) {
      write("c/" + i + ".js", "");
    }
    assertEquals("has more than 1,000 files that end with .js", refusal("c"));
  }
}
