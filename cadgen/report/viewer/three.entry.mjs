// What three.min.js is made from, with three 0.187.0 and esbuild 0.28.2 of npm (`npm install three@0.187.0 esbuild@0.28.2`):
//   (printf '/*!\n'; cat node_modules/three/LICENSE; printf '*/\n') > licence.txt
//   npx esbuild three.entry.mjs --bundle --minify --format=iife --global-name=THREE --target=es2020 \
//     --legal-comments=none --banner:js="$(cat licence.txt)" --outfile=three.min.js
export {
  BufferAttribute,
  BufferGeometry,
  DirectionalLight,
  DoubleSide,
  Group,
  HemisphereLight,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshLambertMaterial,
  OrthographicCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
export { toCreasedNormals } from "three/examples/jsm/utils/BufferGeometryUtils.js";
