// Sends clips one after another as raw bodies, so that neither browser nor server holds a clip in memory.
const mounts = new WeakMap();

// XMLHttpRequest, because fetch cannot tell how much has been sent.
function send(file, study, progress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/upload?study=${encodeURIComponent(study)}&name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && progress((100 * event.loaded) / event.total);
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* the status says enough */ }
      if (request.status === 200) done(answer);
      else failed(new Error(answer.message || `The server answered ${request.status}.`));
    };
    request.onerror = () => failed(new Error("The connection was lost. Choose the file again."));
    request.send(file);
  });
}

function row(list, name) {
  const item = document.createElement("li");
  const [label, state, bar] = ["span", "span", "progress"].map((tag) => document.createElement(tag));
  label.className = "name";
  label.textContent = name;
  bar.max = 100;
  bar.value = 0;
  state.textContent = "waiting";
  item.append(label, state, bar);
  list.append(item);
  return { item, state, bar };
}

async function upload(mount, files) {
  const rows = files.map((file) => row(mount.list, file.name));
  for (const [n, file] of files.entries()) {
    const { item, state, bar } = rows[n];
    try {
      const answer = await send(file, mount.study, (percent) => { bar.value = percent; state.textContent = `${Math.floor(percent)} %`; });
      item.remove();
      mount.tell(answer.id);
    } catch (trouble) {
      bar.remove();
      state.className = "bad";
      state.textContent = trouble.message;
    }
  }
}

function listen(root, mount) {
  const [drop, input] = [root.querySelector(".drop"), root.querySelector("input")];
  input.addEventListener("change", () => { upload(mount, [...input.files]); input.value = ""; });
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => upload(mount, [...event.dataTransfer.files]));
}

export default function ({ parentElement, data, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (!mount) {
    mount = { list: parentElement.querySelector(".files") };
    mounts.set(parentElement, mount);
    listen(parentElement, mount);
  }
  mount.study = data.study;
  mount.tell = (id) => setTriggerValue("uploaded", id);
}
