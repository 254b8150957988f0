import { type CauseFamily, type Exit, familyOf, type LikelyCause } from './cause.ts';
import { isPython, isScriptOfProject } from './project-script.ts';

/** Modules, packages and libraries that are missing or do not fit. */
export const modules: CauseFamily = (line, exit) =>
  pythonModule(line, exit) ?? native(line, exit) ?? otherLanguages(line, exit);

function pythonModule(line: string, { command = [] }: Exit): LikelyCause | undefined {
  const [, said, module] =
    /(?:ModuleNotFoundError: |([\w@%+=.,/-]{0,512}\bpython[\d.]*): )No module named '?([\p{L}_][\p{L}\p{N}_.]*)'?/u.exec(
      line,
    ) ?? [];
  if (module === undefined) return undefined;
  if (said === undefined && isScriptOfProject(command))
    return {
      spec: 'venv-scripts',
      why: `a script outside of the virtual environment may have run: it cannot find ${module}`,
    };
  // The interpreter that could not find the module: another one may have it.
  const python = [said, command[0]].find(isPython);
  const by = python === undefined ? '' : ` ${python}`;
  return { spec: `python-module:${module}${by}`, why: `Python cannot find ${module}` };
}

const native = familyOf([
  [
    /NODE_MODULE_VERSION (\d{1,4})|was compiled against a different Node\.js version/,
    () => ({
      spec: 'node-modules',
      why: 'a native module was built for another Node.js version; run npm rebuild, or use that version',
    }),
  ],
  [
    /((?:lib)?[\w+.-]{1,128}\.so(?:\.[\d.]{1,16})?): cannot open shared object file/,
    (library) => ({
      spec: `run:sh -c 'PATH=$PATH:/sbin ldconfig -p | grep -F ${library}'`,
      why: `the library ${library} is not installed, or not where the loader looks`,
    }),
  ],
  [
    /version [`'‘"]?((?:GLIBC|GLIBCXX|CXXABI)_[\d.]{1,16})['’"]? not found/,
    (version) => ({
      why: `a program was built for a newer system: ${version} is not here (ldd --version shows what is)`,
    }),
  ],
  [/Library not loaded: ([\w@%+=.,/-]{1,512})/, (library) => ({ why: `the library ${library} is not installed` })],
  [
    /error while loading shared libraries: ([\w+.-]{1,128}):/,
    (library) => ({
      spec: `run:sh -c 'PATH=$PATH:/sbin ldconfig -p | grep -F ${library}'`,
      why: `the library ${library} cannot be loaded`,
    }),
  ],
  [
    /CUDA (?:out of memory|error: out of memory)|\bOutOfMemoryError: CUDA|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED|ran out of GPU memory/i,
    () => ({ why: 'the memory of the GPU is full (nvidia-smi shows who uses it)' }),
  ],
  [
    /Found no NVIDIA driver|no CUDA-capable device|CUDA driver version is insufficient|NVIDIA driver on your system is too old|No CUDA GPUs are available|CUDA unknown error|CUDA error: no kernel image|NVIDIA-SMI has failed|Torch not compiled with CUDA enabled|CUDA_ERROR_NO_DEVICE|could not select device driver .{0,60}gpu/i,
    () => ({
      spec: 'run:nvidia-smi',
      why: 'the GPU cannot be used: there is no device, no driver, or the wrong driver',
    }),
  ],
]);

const otherLanguages = familyOf([
  [
    /Cannot find (?:module|package) '((?:@[\w.-]+\/)?\w[\w.-]*)(?:\/[^']*)?'/,
    (name) => ({ spec: 'node-modules', why: `node_modules lacks ${name}` }),
  ],
  [
    /Could not resolve "((?:@[\w.-]+\/)?[a-zA-Z][\w.-]*)"|Failed to resolve import "((?:@[\w.-]+\/)?[a-zA-Z][\w.-]*)"|Can't resolve '((?:@[\w.-]+\/)?[a-zA-Z][\w.-]*)'/,
    (a, b, c) => ({ spec: 'node-modules', why: `node_modules lacks ${a || b || c}` }),
  ],
  [
    /cannot load such file -- ([\w./-]{1,128})/,
    (name) => ({ spec: `run:ruby -e 'require "${name}"'`, why: `Ruby cannot find ${name}` }),
  ],
  [
    /Could not find (?:gem )?'?([\w-]{1,128})(?:-[\d.]+)?'?.{0,40} in (?:any of the sources|locally installed gems|cached gems)/,
    (name) => ({ spec: 'run:bundle check', why: `the gem ${name} is not installed` }),
  ],
  [
    /Can't locate ([\w/]{1,128})\.pm in @INC/,
    (path) => {
      const module = path.replaceAll('/', '::');
      return { spec: `run:perl -M${module} -e 1`, why: `Perl cannot find ${module}` };
    },
  ],
  [
    /ClassNotFoundException: ([\w.$]{1,256})|Could not find or load main class ([\w.$]{1,256})/,
    (a, b) => ({ why: `Java cannot find the class ${a || b} on its class path` }),
  ],
  [
    /no required module provides package ([\w./-]{1,256})|cannot find package "([\w./-]{1,256})"/,
    (a, b) => ({ spec: 'run:go mod verify', why: `the Go package ${a || b} is not in go.mod` }),
  ],
  [
    /there is no package called [‘'"]([\w.]{1,64})/,
    (name) => ({ spec: `run:Rscript -e 'library(${name})'`, why: `R cannot find ${name}` }),
  ],
  [
    /Class "?([\w\\]{1,128})"? not found.{0,40}autoload|Failed opening required '[^']{0,200}vendor\/autoload\.php'/,
    () => ({ spec: 'file:vendor/autoload.php', why: 'the PHP packages are not installed; run composer install' }),
  ],
]);
