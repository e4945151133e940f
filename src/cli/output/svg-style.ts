/** How a picture looks: dark where the reader's screen is. Kinds differ by their line as well as by their color. */
export const SVG_STYLE = `
text { font-family: Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; font-size: 14px; text-anchor: middle; fill: #1f2328; }
polygon, polyline, path, ellipse { fill: none; stroke: #59636e; }
.paper { fill: #ffffff; }
.legend text { text-anchor: start; }
.title text, .cluster text { font-weight: bold; }
.cluster polygon { fill: #f6f8fa; stroke: #d1d9e0; }
.node polygon, .node ellipse { fill: #ffffff; }
.edge text { font-size: 12px; fill: #59636e; }
.edge .filled { fill: #59636e; }
.widened path, .widened .filled { stroke: #d1242f; }
.widened path { stroke-dasharray: 6 4; }
.widened text, .widened .filled { fill: #d1242f; }
.open path, .open .filled { stroke: #9a6700; }
.open path { stroke-dasharray: 2 3; }
.open text, .open .filled { fill: #9a6700; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  polygon, polyline, path, ellipse { stroke: #9198a1; }
  .paper { fill: #0d1117; }
  .cluster polygon { fill: #151b23; stroke: #3d444d; }
  .node polygon, .node ellipse { fill: #0d1117; }
  .edge text { fill: #9198a1; }
  .edge .filled { fill: #9198a1; }
  .widened path, .widened .filled { stroke: #ff7b72; }
  .widened text, .widened .filled { fill: #ff7b72; }
  .open path, .open .filled { stroke: #d29922; }
  .open text, .open .filled { fill: #d29922; }
}
`;
