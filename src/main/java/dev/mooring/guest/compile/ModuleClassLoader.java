package dev.mooring.guest.compile;

import dev.mooring.guest.deadline.StopSwitch;
import java.util.HashMap;
import java.util.Map;

/**
 * The generated classes of one compiled module; they go when nobody holds the module any more.
 *
 * <p>It also is how a check in generated code finds its module's switch.
 */
final class ModuleClassLoader extends ClassLoader implements StopSwitch.Owner {
  private final StopSwitch stopSwitch = new StopSwitch();
  private final Map<String, byte[]> undefined;

  ModuleClassLoader(String name, Map<String, byte[]> classes) {
    super(name, ModuleClassLoader.class.getClassLoader());
    undefined = new HashMap<>(classes);
  }

  @Override
  public StopSwitch stopSwitch() {
    return stopSwitch;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes;
    synchronized (undefined) {
      bytes = undefined.remove(name);
    }
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    return defineClass(name, bytes, 0, bytes.length);
  }
}
