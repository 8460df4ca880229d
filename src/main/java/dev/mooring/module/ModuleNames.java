package dev.mooring.module;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which file has which module: {@code counter} is {@code counter.wasm}.
 *
 * @param directory where they lie; must exist
 */
record ModuleNames(Path directory) {
  private static final String SUFFIX = ".wasm";

  /** Where a module's file is, if it is there. */
  Path file(String name) {
    return directory.resolve(name + SUFFIX);
  }

  /** The names of all that are there, in order. */
  List<String> list() throws IOException {
    var names = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        name = name.substring(0, name.length() - SUFFIX.length());
        if (Reference.isName(name)) {
          names.add(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return names;
  }
}
