import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks that every Java source of the repository is formatted ({@code check}), or formats it
 * ({@code fix}).
 */
final class Format {
  private static final List<String> ROOTS = List.of("proto", "client", "src", ".mvn");

  public static void main(String[] args) throws IOException, FormatterException {
    boolean fix = args.length == 1 && args[0].equals("fix");
    if (!fix && !(args.length == 1 && args[0].equals("check"))) {
      System.err.println("format: expected 'check' or 'fix', got " + String.join(" ", args));
      System.exit(2);
    }
    var formatter =
        new Formatter(
            JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.GOOGLE).build());
    var wrong = new ArrayList<Path>();
    for (Path source : sources()) {
      String before = Files.readString(source);
      String after = format(formatter, before);
      if (!after.equals(before)) {
        wrong.add(source);
        if (fix) {
          Files.writeString(source, after);
        }
      }
    }
    for (Path source : wrong) {
      System.err.println((fix ? "formatted " : "not formatted: ") + source);
    }
    if (!fix && !wrong.isEmpty()) {
      System.err.println("run `mvn -q -N verify -Dformat=fix` to format them");
      System.exit(1);
    }
  }

  private static String format(Formatter formatter, String source) throws FormatterException {
    String text = RemoveUnusedImports.removeUnusedImports(source);
    text = ImportOrderer.reorderImports(text, JavaFormatterOptions.Style.GOOGLE);
    return formatter.formatSource(text);
  }

  private static List<Path> sources() throws IOException {
    var sources = new ArrayList<Path>();
    for (String root : ROOTS) {
      try (var files = Files.walk(Path.of(root))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.toString().contains("/target/"))
            .filter(file -> !file.toString().contains("/node_modules/"))
            .forEach(sources::add);
      }
    }
    return sources;
  }
}
