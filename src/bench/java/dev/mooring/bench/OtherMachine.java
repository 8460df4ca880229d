package dev.mooring.bench;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The JVM of another process of ours, which is asked about itself. One thread. */
final class OtherMachine implements AutoCloseable {
  private static final int COLLECTIONS = 3;

  private final VirtualMachine machine;
  private final JMXConnector connector;

  /**
   * Connects.
   *
   * @throws IOException if it can't be asked
   */
  @SuppressWarnings("BanJNDI") // Who is connected to is the process that we started.
  OtherMachine(long pid) throws IOException {
    try {
      machine = VirtualMachine.attach(Long.toString(pid));
    } catch (AttachNotSupportedException e) {
      throw new IOException("process " + pid + " can't be asked: " + e.getMessage(), e);
    }
    connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
  }

  ThreadMXBean threads() throws IOException {
    return bean(ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
  }

  /** Bytes of live objects: what is left when its collector has been asked to look everywhere. */
  long usedHeapBytes() throws IOException {
    MemoryMXBean memory = bean(ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }

  private <T extends java.lang.management.PlatformManagedObject> T bean(String name, Class<T> type)
      throws IOException {
    return ManagementFactory.newPlatformMXBeanProxy(
        connector.getMBeanServerConnection(), name, type);
  }

  @Override
  public void close() throws IOException {
    try {
      connector.close();
    } finally {
      machine.detach();
    }
  }
}
