package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OCI image, unpacked by a reader that isn't what wrote it, and run as it asks to be. */
final class ImageIT {
  private static final String RUN = Path.of("test/contain").toAbsolutePath().toString();

  @TempDir Path folder;

  @Test
  void image_unpacked_servesAsItsUserWithAReadOnlyRoot() throws Exception {
    Shell.needs("umoci", "unshare", "setpriv");
    Shell.needsRoot();
    Path layout = Files.createDirectory(folder.resolve("layout"));
    Shell.check("tar", "-xf", Packages.named(".oci.tar").toString(), "-C", layout.toString());
    Map<?, ?> index = Json.read(Files.readString(layout.resolve("index.json")));
    Map<?, ?> manifest = Json.object(Json.list(index.get("manifests")).getFirst());
    Object name = Json.object(manifest.get("annotations")).get("org.opencontainers.image.ref.name");
    Path bundle = folder.resolve("bundle");
    Shell.check("umoci", "unpack", "--image", layout + ":" + name, bundle.toString());

    Map<?, ?> config = Json.read(Files.readString(bundle.resolve("config.json")));
    Map<?, ?> process = Json.object(config.get("process"));
    Map<?, ?> user = Json.object(process.get("user"));
    assertEquals(10001, user.get("uid"));
    assertEquals("/var/lib/mooring", process.get("cwd"));
    List<String> command = new ArrayList<>(List.of("sh", RUN, bundle + "/rootfs"));
    Json.list(process.get("args")).forEach(word -> command.add(String.valueOf(word)));

    Path log = folder.resolve("log");
    var environment = Map.of("MOORING_JAVA_OPTIONS", "-XX:AOTMode=on");
    try (Served served = Served.start(log, environment, command)) {
      String mooring = Packages.unpack(folder).resolve("bin/mooring").toString();
      for (String visit : List.of("1\n", "2\n")) {
        assertEquals(
            visit,
            Shell.check(
                mooring,
                "call",
                "--server",
                served.address(),
                "--module",
                "counter",
                "--session",
                "visits",
                "--durability",
                "disk",
                "add",
                "1"));
      }
      served.stop();
    }
    // Its links lead to what they mean in the image, which isn't what a temporary folder may hold.
    Shell.check("rm", "-rf", bundle.toString());
    assertTrue(Files.readString(log).contains("msg=\"stopped\""), Files.readString(log));
  }
}
