package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.pkitesting.CertificateBuilder;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tarball with its runtime, the list of what is inside, and that all comes out the same again.
 */
final class ArchivesIT {
  private static final Path JDK = Path.of(System.getProperty("java.home"));

  /** What only those sides of libraries want that a server has no use for. */
  private static final Set<String> UNUSED =
      Set.of("java.desktop", "java.security.jgss", "jdk.sctp");

  private static final Pattern MODULE = Pattern.compile("\\b(?:java|jdk)\\.[a-z.]+[a-z]");

  /**
   * A quarter of what the cache saves, and of the best of four, so that a busy machine fails
   * nothing.
   */
  private static final double READY_WITHIN = 0.9;

  @TempDir Path folder;

  /**
   * The AOT cache isn't made again: it remembers how a server ran, and none runs twice the same.
   */
  @Test
  void packages_madeAgain_areTheSameToTheByte() throws Exception {
    Shell.needs("jq", "dpkg-deb", "apt-get", "buildah");
    Path cache = Packages.unpack(folder).resolve("lib/mooring.aot");
    Path runtime = folder.resolve("runtime");
    Shell.check(
        JDK.resolve("bin/jlink").toString(), "@runtime.options", "--output", runtime.toString());
    // Beside the first, so that Debian's packages aren't fetched again.
    Path again = Packages.FOLDER.resolveSibling("packages-again");
    Shell.check(
        Map.of("LC_ALL", "C.UTF-8", "TZ", "Pacific/Auckland"),
        "sh",
        "-c",
        "umask 077; exec ./pack \"$@\"",
        "pack",
        Packages.DISTRIBUTION.toString(),
        runtime.toString(),
        Packages.COMPONENTS.toString(),
        again.toString(),
        cache.toString());
    assertEquals(
        Files.readString(Packages.FOLDER.resolve("SHA256SUMS")),
        Files.readString(again.resolve("SHA256SUMS")));
    Shell.check("rm", "-rf", again.toString());
  }

  @Test
  void components_areThoseThatArePacked() throws Exception {
    Shell.needs("jq");
    Path home = Packages.unpack(folder);
    Map<?, ?> list = Json.read(Files.readString(home.resolve("mooring.cdx.json")));
    assertEquals("CycloneDX", list.get("bomFormat"));
    Set<String> listed = new TreeSet<>();
    Set<Object> others = new HashSet<>();
    for (Object each : Json.list(list.get("components"))) {
      Map<?, ?> component = Json.object(each);
      String purl = String.valueOf(component.get("purl"));
      if (purl.startsWith("pkg:maven/")) {
        MatchResult classifier =
            Pattern.compile("classifier=([^&]+)").matcher(purl).results().findFirst().orElse(null);
        listed.add(
            component.get("name")
                + "-"
                + component.get("version")
                + (classifier == null ? "" : "-" + classifier.group(1))
                + ".jar");
        assertTrue(component.get("hashes") instanceof List<?> hashes && !hashes.isEmpty(), purl);
      } else {
        others.add(component.get("name"));
      }
    }
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      assertEquals(
          new TreeSet<>(
              jars.map(jar -> jar.getFileName().toString())
                  .filter(name -> name.endsWith(".jar"))
                  .toList()),
          listed);
    }
    assertEquals(Set.of("openjdk", "quickjs"), others);
  }

  @Test
  void runtime_hasTheModulesThatTheJarsNeed() throws Exception {
    Set<String> needed = new TreeSet<>();
    List<String> unnamed = new ArrayList<>();
    List<Path> jars;
    try (Stream<Path> files = Files.list(Packages.DISTRIBUTION.resolve("lib"))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    for (Path jar : jars) {
      ModuleDescriptor module =
          ModuleFinder.of(jar).findAll().stream()
              .map(ModuleReference::descriptor)
              .findFirst()
              .orElse(null);
      if (module == null || module.isAutomatic()) {
        unnamed.add(jar.toString());
      } else {
        module.requires().stream()
            .filter(required -> !required.modifiers().contains(Modifier.STATIC))
            .map(ModuleDescriptor.Requires::name)
            .filter(name -> MODULE.matcher(name).matches())
            .forEach(needed::add);
      }
    }
    List<String> jdeps =
        new ArrayList<>(
            List.of(JDK.resolve("bin/jdeps").toString(), "--ignore-missing-deps", "-s"));
    jdeps.addAll(List.of("--multi-release", "25"));
    jdeps.addAll(unnamed);
    String found = Shell.check(jdeps.toArray(String[]::new));
    assertTrue(found.contains("-> java.base"), found);
    MODULE
        .matcher(found.replaceAll("(?m)^.* -> ", ""))
        .results()
        .map(MatchResult::group)
        .forEach(needed::add);
    needed.removeAll(UNUSED);
    String there = Shell.check(Packages.RUNTIME.resolve("bin/java").toString(), "--list-modules");
    needed.removeIf(name -> there.contains(name + "@"));
    assertEquals(Set.of(), needed);
  }

  @Test
  void tarball_unpacked_servesWithTlsTokensAndStoreAndLogsJson() throws Exception {
    Path home = Packages.unpack(folder);
    Path mooring = home.resolve("bin/mooring");
    var authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    var certificate =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=server")
            .addSanIpAddress("127.0.0.1")
            .buildIssuedBy(authority);
    Files.writeString(folder.resolve("ca.pem"), authority.getCertificatePEM());
    Files.writeString(folder.resolve("server.pem"), certificate.getCertificatePathPEM());
    Files.writeString(folder.resolve("server.key"), certificate.getPrivateKeyPEM());
    String tokens = folder.resolve("tokens").toString();
    Files.writeString(
        folder.resolve("token"),
        Shell.check(mooring.toString(), "token", "alice", "--append", tokens));

    Path log = folder.resolve("log");
    try (Served served =
        Served.start(
            log,
            // No Java that a machine may have, and the cache must fit.
            Map.of("MOORING_LOG_FORMAT", "JSON", "MOORING_JAVA_OPTIONS", "-XX:AOTMode=on"),
            List.of(
                mooring.toString(),
                "serve",
                "--tls-cert",
                folder.resolve("server.pem").toString(),
                "--tls-key",
                folder.resolve("server.key").toString(),
                "--tokens",
                tokens,
                "--store",
                folder.resolve("store").toString()))) {
      assertEquals(
          home.resolve("runtime/bin/java").toRealPath().toString(),
          ProcessHandle.of(served.pid()).flatMap(process -> process.info().command()).orElse(""));
      for (String visit : List.of("1\n", "2\n")) {
        assertEquals(
            visit,
            Shell.check(
                mooring.toString(),
                "call",
                "--server",
                served.address(),
                "--ca",
                folder.resolve("ca.pem").toString(),
                "--token-file",
                folder.resolve("token").toString(),
                "--module",
                "counter",
                "--session",
                "visits",
                "--durability",
                "disk",
                "add",
                "1"));
      }
      String threads =
          Shell.check(
              home.resolve("runtime/bin/jcmd").toString(),
              Long.toString(served.pid()),
              "Thread.print");
      assertTrue(threads.contains("\"main\"") || threads.contains("mooring-"), threads);
      served.stop();
    }
    for (String line : Files.readAllLines(log)) {
      assertTrue(Json.read(line).containsKey("formattedMessage"), line);
    }
  }

  @Test
  void tarball_unpacked_showsTheTour() throws Exception {
    String tour = Shell.check(Packages.unpack(folder).resolve("bin/mooring").toString(), "demo");
    assertTrue(tour.contains("No instance is left."), tour);
  }

  /** {@code src/ship/start} measures it; this sees to it that the cache is used and is of use. */
  @Test
  void serve_withItsCache_isReadySooner() throws Exception {
    String mooring = Packages.unpack(folder).resolve("bin/mooring").toString();
    long[] with = new long[4];
    long[] without = new long[4];
    for (int i = 0; i < with.length; i++) {
      with[i] = readyNs(mooring, "on");
      without[i] = readyNs(mooring, "off");
    }
    Arrays.sort(with);
    Arrays.sort(without);
    assertTrue(
        with[0] < READY_WITHIN * without[0],
        () ->
            "ready in ns, with " + Arrays.toString(with) + ", without " + Arrays.toString(without));
  }

  private long readyNs(String mooring, String mode) throws Exception {
    try (Served served =
        Served.start(
            folder.resolve("log"),
            Map.of("MOORING_JAVA_OPTIONS", "-XX:AOTMode=" + mode),
            List.of(mooring, "serve"))) {
      return served.readyNs();
    }
  }
}
