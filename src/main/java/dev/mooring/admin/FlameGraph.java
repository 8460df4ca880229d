package dev.mooring.admin;

import dev.mooring.observe.ModuleProfile;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A profile as a picture, an SVG without anything from elsewhere: what calls stands below, and the
 * wider a function is, the more often it was found.
 */
final class FlameGraph {
  private static final int WIDTH = 1_200;
  private static final int ROW = 18;
  private static final int TEXT_BASELINE = 13;
  private static final double CHARACTER = 6.6;
  private static final int PADDING = 4;

  /** Of a deeper stack the outermost so many. */
  private static final int MOST_ROWS = 100;

  /** What is narrower isn't drawn. */
  private static final double LEAST_WIDTH = 0.5;

  private static final List<String> COLOURS =
      List.of("#f2a65a", "#e8875a", "#f0b970", "#e6995c", "#f3c27d", "#dd7f52");

  private final StringBuilder svg = new StringBuilder();
  private final long found;
  private int rows;

  private FlameGraph(long found) {
    this.found = found;
  }

  private static final class Node {
    private final Map<String, Node> inside = new TreeMap<>();
    private long count;
  }

  /** The picture of a profile. */
  static String of(String module, ModuleProfile profile) {
    var root = new Node();
    profile.stacks().forEach((stack, count) -> add(root, stack, count));
    var graph = new FlameGraph(profile.found());
    graph.measure(root, 1);
    int height = graph.rows * ROW;
    graph
        .svg
        .append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
        .append(WIDTH)
        .append(' ')
        .append(height)
        .append("\" font-family=\"ui-monospace, monospace\" font-size=\"11\" role=\"img\">\n");
    graph.draw(module, root, 0, height - ROW);
    return graph.svg.append("</svg>\n").toString();
  }

  private static void add(Node root, List<String> stack, long count) {
    Node node = root;
    node.count += count;
    for (String name : stack.subList(0, Math.min(stack.size(), MOST_ROWS - 1))) {
      node = node.inside.computeIfAbsent(name, n -> new Node());
      node.count += count;
    }
  }

  private void measure(Node node, int depth) {
    rows = Math.max(rows, depth);
    node.inside.values().forEach(inner -> measure(inner, depth + 1));
  }

  private void draw(String name, Node node, double x, int y) {
    double width = found == 0 ? WIDTH : (double) node.count / found * WIDTH;
    if (width < LEAST_WIDTH) {
      return;
    }
    String words =
        String.format(
            Locale.ROOT,
            "%s: %d looks, %.1f %%",
            name,
            node.count,
            found == 0 ? 0 : 100.0 * node.count / found);
    svg.append("<g><title>").append(escaped(words)).append("</title>");
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"1\" fill=\"%s\"/>",
            x,
            y,
            Math.max(LEAST_WIDTH, width - LEAST_WIDTH),
            ROW - 1,
            COLOURS.get(Math.floorMod(name.hashCode(), COLOURS.size()))));
    int room = (int) ((width - 2 * PADDING) / CHARACTER);
    if (room >= 2) {
      String text = name.length() <= room ? name : name.substring(0, room - 1) + "…";
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" fill=\"#1d1d1f\">%s</text>",
              x + PADDING,
              y + TEXT_BASELINE,
              escaped(text)));
    }
    svg.append("</g>\n");
    double at = x;
    for (Map.Entry<String, Node> inner : node.inside.entrySet()) {
      draw(inner.getKey(), inner.getValue(), at, y - ROW);
      at += (double) inner.getValue().count / found * WIDTH;
    }
  }

  /** Names are any text, and some of it can't stand in XML at all. */
  private static String escaped(String text) {
    var escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(isPlain(point) ? point : '\uFFFD');
              }
            });
    return escaped.toString();
  }

  private static boolean isPlain(int point) {
    int type = Character.getType(point);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.SURROGATE
        && (point & 0xFFFE) != 0xFFFE;
  }
}
