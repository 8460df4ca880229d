package dev.mooring.guest.intake;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;

/** Limits for a test. */
public final class TestLimits {
  private TestLimits() {}

  /** The defaults but for one. */
  public static IntakeLimits with(String component, long value) {
    RecordComponent[] components = IntakeLimits.class.getRecordComponents();
    var types = new ArrayList<Class<?>>();
    var values = new ArrayList<Object>();
    try {
      for (RecordComponent c : components) {
        types.add(c.getType());
        Object before = c.getAccessor().invoke(IntakeLimits.DEFAULTS);
        Object now = c.getType() == int.class ? (Object) (int) value : (Object) value;
        values.add(c.getName().equals(component) ? now : before);
      }
      return IntakeLimits.class
          .getConstructor(types.toArray(new Class<?>[0]))
          .newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new AssertionError(e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("can't build limits", e);
    }
  }
}
