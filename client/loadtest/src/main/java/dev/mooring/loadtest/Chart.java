package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A chart of lines as SVG, drawn here so that the page needs no script. Colours are classes, which
 * the page's style gives a light and a dark meaning.
 */
final class Chart {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 240;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 10;
  private static final int BOTTOM = 24;

  /** Beyond these a point is only part of its line. */
  private static final int MOST_DOTS = 400;

  private final Scale horizontal;
  private final Scale vertical;
  private final DoubleFunction<String> horizontalText;
  private final DoubleFunction<String> verticalText;
  private final List<Series> series = new ArrayList<>();

  /** One point; a value that is NaN interrupts the line. */
  record Point(double x, double y) {}

  /**
   * One line.
   *
   * @param look classes of the style: {@code a}, {@code b} or {@code c}, and {@code dashed}
   */
  record Series(String name, String look, List<Point> points) {
    private boolean isFilled() {
      return look.equals("a filled");
    }

    private String colour() {
      return look.substring(0, 1);
    }
  }

  Chart(
      Scale horizontal,
      DoubleFunction<String> horizontalText,
      Scale vertical,
      DoubleFunction<String> verticalText) {
    this.horizontal = horizontal;
    this.horizontalText = horizontalText;
    this.vertical = vertical;
    this.verticalText = verticalText;
  }

  Chart add(Series line) {
    series.add(line);
    return this;
  }

  /** The legend, if there is more than one line, and the drawing. */
  String draw(String description) {
    var html = new StringBuilder();
    if (series.size() > 1) {
      html.append("<div class=\"legend\">");
      for (Series line : series) {
        html.append("<span><span class=\"swatch ")
            .append(line.look())
            .append("\"></span>")
            .append(Html.escape(line.name()))
            .append("</span>");
      }
      html.append("</div>");
    }
    html.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
            WIDTH,
            HEIGHT,
            Html.escape(description)));
    grid(html);
    series.forEach(line -> draw(html, line));
    return html.append("</svg>\n").toString();
  }

  private void grid(StringBuilder svg) {
    for (double tick : vertical.ticks()) {
      double y = y(tick);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
              LEFT,
              WIDTH - RIGHT,
              y,
              y));
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
              LEFT - 6,
              y + 4,
              Html.escape(verticalText.apply(tick))));
    }
    for (double tick : horizontal.ticks()) {
      // A text in the middle of its tick would leave the drawing at its end.
      boolean last = horizontal.place(tick) > 0.97;
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>",
              last ? "end" : "middle",
              last ? (double) (WIDTH - RIGHT) : x(tick),
              HEIGHT - 6,
              Html.escape(horizontalText.apply(tick))));
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
            LEFT,
            WIDTH - RIGHT,
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM));
  }

  private void draw(StringBuilder svg, Series line) {
    var path = new StringBuilder();
    boolean up = true;
    for (Point point : line.points()) {
      if (Double.isNaN(point.y())) {
        up = true;
      } else {
        path.append(
            String.format(Locale.ROOT, "%s%.1f %.1f", up ? "M" : "L", x(point.x()), y(point.y())));
        up = false;
      }
    }
    if (path.isEmpty()) {
      return;
    }
    if (line.isFilled()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<path class=\"area a\" d=\"%sL%.1f %d L%.1f %dZ\"/>",
              path,
              x(line.points().getLast().x()),
              HEIGHT - BOTTOM,
              x(line.points().getFirst().x()),
              HEIGHT - BOTTOM));
    }
    svg.append(
        String.format(Locale.ROOT, "<path class=\"series %s\" d=\"%s\"/>", line.look(), path));
    if (line.points().size() <= MOST_DOTS && !line.look().contains("dashed")) {
      line.points().forEach(point -> dot(svg, line, point));
    }
  }

  /** What a pointer finds: the number itself. */
  private void dot(StringBuilder svg, Series line, Point point) {
    if (!Double.isNaN(point.y())) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"><title>%s</title></circle>",
              line.colour(),
              x(point.x()),
              y(point.y()),
              Html.escape(
                  line.name()
                      + " at "
                      + horizontalText.apply(point.x())
                      + ": "
                      + verticalText.apply(point.y()))));
    }
  }

  private double x(double value) {
    return LEFT + horizontal.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - vertical.place(value) * (HEIGHT - TOP - BOTTOM);
  }
}
