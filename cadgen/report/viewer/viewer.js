"use strict";

/** Draws packed solids (packed.py) on one canvas, to be turned, moved and enlarged by mouse, touch and keys.
 *
 * Shapes have meanings by their names: `answer`, `truth`, `extra` (what only the answer has) and `missing` (what only
 * the truth has). Nothing is drawn between events. Throws where the browser has no WebGL.
 */
class SolidViewer {
  /** How a mode shows a scene: panes side by side, in each of them shapes as [name, colour, opacity]. */
  static MODES = {
    side: { title: "side by side", panes: [[["answer", "answer", 1]], [["truth", "truth", 1]]] },
    overlay: { title: "overlay", panes: [[["answer", "answer", 0.55], ["truth", "truth", 0.35]]] },
    difference: { title: "difference", panes: [[["truth", "both", 0.3], ["extra", "answer", 1], ["missing", "truth", 1]]] },
    answer: { title: "answer", panes: [[["answer", "answer", 1]]] },
  };
  static COLOURS = { answer: 0x5b8fd6, truth: 0xe09a4f, both: 0x9aa0a8, edge: 0x14181d };
  static KEYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  static #CREASE = Math.PI / 7; // facets that meet flatter than this are one curved face

  #canvas; #renderer; #camera; #controls; #scene = new THREE.Scene(); #light; #groups = {}; #panes = []; #radius = 1;
  #shown = 0;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#renderer = new THREE.WebGLRenderer({ canvas, alpha: true, antialias: true });
    this.#renderer.setScissorTest(true);
    this.#camera = new THREE.OrthographicCamera();
    this.#camera.up.set(0, 0, 1);
    this.#light = new THREE.DirectionalLight(0xffffff, 3);
    this.#scene.add(new THREE.HemisphereLight(0xffffff, 0x8890a0, 1.4), this.#light);
    this.#controls = new THREE.OrbitControls(this.#camera, canvas);
    this.#controls.minZoom = 0.3;
    this.#controls.maxZoom = 40;
    this.#controls.addEventListener("change", () => this.draw());
    // The wheel is the page's until somebody has taken hold of the part.
    this.#controls.enableZoom = false;
    canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
    canvas.addEventListener("focus", () => { this.#controls.enableZoom = true; });
    canvas.addEventListener("blur", () => { this.#controls.enableZoom = false; });
    canvas.addEventListener("keydown", (event) => this.#press(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.reset();
  }

  /** The shapes of a scene by name: positions in steps, corners and ends of segments, as typed arrays. */
  static async unpack(packed) {
    const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const raw = await new Response(stream).arrayBuffer();
    let at = 0;
    const take = (Kind, rows, width) => {
      const start = at;
      at += rows * width * Kind.BYTES_PER_ELEMENT;
      const taken = new Kind(raw.slice(start, at));
      for (let i = width; i < taken.length; i += 1) taken[i] += taken[i - width];
      return taken;
    };
    const shapes = {};
    for (const [name, vertices, triangles, segments] of packed.shapes) {
      const Index = vertices <= 65536 ? Uint16Array : Uint32Array;
      shapes[name] = {
        positions: take(Uint16Array, vertices, 3),
        triangles: take(Index, triangles, 3),
        segments: take(Index, segments, 2),
      };
    }
    return shapes;
  }

  /** The modes that have something to show of a scene. */
  static modesOf(packed) {
    const names = packed.shapes.map(([name]) => name);
    const { side, overlay, difference, answer } = SolidViewer.MODES;
    if (!names.includes("truth")) return { answer };
    return names.includes("missing") ? { side, overlay, difference, answer } : { side, overlay, answer };
  }

  /** Shows a scene in a mode, seen from where the last one was. A later call ends an earlier one. */
  async show(packed, mode) {
    const number = ++this.#shown;
    const shapes = await SolidViewer.unpack(packed);
    if (number !== this.#shown) return;
    this.#clear();
    for (const [name, shape] of Object.entries(shapes)) {
      const group = this.#groups[name] = SolidViewer.#built(shape);
      group.scale.setScalar(packed.step);
      group.position.set(...packed.low);
      this.#scene.add(group);
    }
    this.#radius = 1e-9;
    for (const name of ["answer", "truth"]) {
      const positions = shapes[name]?.positions ?? [];
      for (let i = 0; i < positions.length; i += 3) {
        const away = Math.hypot(...packed.low.map((low, axis) => low + packed.step * positions[i + axis]));
        this.#radius = Math.max(this.#radius, away);
      }
    }
    this.mode = mode;
  }

  set mode(name) {
    this.#panes = SolidViewer.MODES[name].panes;
    this.draw();
  }

  /** Shows nothing. */
  clear() {
    this.#shown += 1;
    this.#clear();
    this.draw();
  }

  /** Looks as the published pictures do: from (1, -1, 1), the whole part in sight. */
  reset() {
    this.#controls.target.set(0, 0, 0);
    this.#camera.position.set(1, -1, 1).multiplyScalar(100);
    this.#camera.zoom = 1;
    this.#controls.update();
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width || !height) return;
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.#renderer.setSize(width, height, false);
    this.#light.position.copy(this.#camera.position).sub(this.#controls.target);
    const wide = width / Math.max(this.#panes.length, 1);
    const unit = (1.08 * this.#radius) / Math.min(wide, height);
    Object.assign(this.#camera, { left: -wide * unit, right: wide * unit, top: height * unit, bottom: -height * unit });
    Object.assign(this.#camera, { near: 0.1, far: 400 });
    this.#camera.updateProjectionMatrix();
    this.#panes.forEach((pane, number) => {
      for (const box of ["setViewport", "setScissor"]) this.#renderer[box](number * wide, 0, wide, height);
      for (const [name, group] of Object.entries(this.#groups)) {
        const style = pane.find(([shape]) => shape === name);
        group.visible = Boolean(style);
        if (style) SolidViewer.#paint(group, style[1], style[2]);
      }
      this.#renderer.render(this.#scene, this.#camera);
    });
  }

  static #built({ positions, triangles, segments }) {
    // In steps: toCreasedNormals takes for one point what is nearer than a hundredth.
    const points = new THREE.BufferAttribute(new Float32Array(positions), 3);
    const faces = new THREE.BufferGeometry();
    faces.setAttribute("position", points);
    faces.setIndex(new THREE.BufferAttribute(triangles, 1));
    const edges = new THREE.BufferGeometry();
    edges.setAttribute("position", points);
    edges.setIndex(new THREE.BufferAttribute(segments, 1));
    const surface = new THREE.MeshLambertMaterial({
      side: THREE.DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1,
    });
    const line = new THREE.LineBasicMaterial({ color: SolidViewer.COLOURS.edge });
    const mesh = new THREE.Mesh(THREE.toCreasedNormals(faces, SolidViewer.#CREASE), surface);
    return new THREE.Group().add(mesh, new THREE.LineSegments(edges, line));
  }

  static #paint(group, colour, opacity) {
    const [mesh, lines] = group.children;
    mesh.material.color.set(SolidViewer.COLOURS[colour]);
    Object.assign(mesh.material, { opacity, transparent: opacity < 1, depthWrite: opacity === 1 });
    lines.material.color.set(SolidViewer.COLOURS[opacity < 1 ? colour : "edge"]);
  }

  #clear() {
    for (const group of Object.values(this.#groups)) {
      this.#scene.remove(group);
      for (const part of group.children) {
        part.geometry.dispose();
        part.material.dispose();
      }
    }
    this.#groups = {};
  }

  /** Arrows turn, + and - enlarge, 0 looks as at first. */
  #press(event) {
    const turn = SolidViewer.KEYS[event.key];
    if (turn) this.#turn(turn[0] / 8, turn[1] / 8);
    else if (event.key === "+" || event.key === "=") this.#camera.zoom = Math.min(this.#camera.zoom * 1.2, this.#controls.maxZoom);
    else if (event.key === "-") this.#camera.zoom = Math.max(this.#camera.zoom / 1.2, this.#controls.minZoom);
    else if (event.key === "0") this.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#controls.update();
    this.draw();
  }

  #turn(around, up) {
    const { position, up: axis } = this.#camera;
    const eye = position.clone().sub(this.#controls.target);
    const across = new THREE.Vector3().crossVectors(axis, eye).normalize();
    const elevation = Math.PI / 2 - eye.angleTo(axis);
    const bounded = Math.max(-1.5, Math.min(1.5, elevation - up)) - elevation;
    eye.applyAxisAngle(across, -bounded).applyAxisAngle(axis, around);
    position.copy(this.#controls.target).add(eye);
  }
}
