"""files.*: the two-step upload and what became of it."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

from localslack.arguments import number, structure
from localslack.ledger import StoredFile
from localslack.methods.call import Call, Method
from localslack.methods.chat import app_message
from localslack.refusals import Json, SlackRefusal

__all__ = ["METHODS", "file_json"]


def file_json(base_url: str, stored: StoredFile, *, preview: int = 0) -> Json:
    """A file object. `preview`: characters of a text file to show."""
    mimetype = mimetypes.guess_type(stored.name)[0] or "application/octet-stream"
    url = f"{base_url}/files/{stored.id}/{stored.name}"
    body: Json = {
        "id": stored.id,
        "name": stored.name,
        "title": stored.title or stored.name,
        "mimetype": mimetype,
        "filetype": PurePosixPath(stored.name).suffix.lstrip(".") or "binary",
        "size": len(stored.content),
        "mode": "hosted",
        "url_private": url,
        "url_private_download": url + "?download=1",
    }
    if preview and mimetype.startswith("text/"):
        body["preview"] = stored.content.decode("utf-8", "replace")[:preview]
    return body


def get_upload_url(call: Call) -> Json:
    length = number(call.need("length"), 0)
    if length <= 0:
        raise SlackRefusal("invalid_arguments", ["[ERROR] must be greater than 0 [json-pointer:/length]"])
    stored = StoredFile(call.ledger.serial("F"), call.need("filename"), length)
    call.ledger.files[stored.id] = stored
    return {"upload_url": f"{call.hub.base_url}/upload/{stored.id}", "file_id": stored.id}


def complete_upload(call: Call) -> Json:
    wanted = structure(call.get("files"))
    if not isinstance(wanted, list) or not wanted:
        raise SlackRefusal("invalid_arguments", ["[ERROR] missing required field: files"])
    finished: list[Json] = []
    for one in wanted:
        stored = call.ledger.files.get(str(one.get("id")))
        if stored is None or not stored.received:
            raise SlackRefusal("file_not_found")
        stored.title = str(one.get("title") or stored.name)
        finished.append(file_json(call.hub.base_url, stored, preview=2000))
    listed = str(call.get("channels") or "").split(",") if call.get("channels") else [call.get("channel_id")]
    for channel in filter(None, listed):
        target = Call({"channel": channel}, call.caller, call.kind, call.hub, call.views).conversation()
        message = app_message(
            call.ledger, {"text": str(call.get("initial_comment") or ""), "files": finished, "upload": True}
        )
        if call.get("thread_ts"):
            message["thread_ts"] = str(call.get("thread_ts"))
        posted = call.ledger.post(target, message)
        call.hub.emit_message(target, posted | {"subtype": "file_share"})
    return {"files": finished}


def info(call: Call) -> Json:
    stored = call.ledger.files.get(call.need("file"))
    if stored is None:
        raise SlackRefusal("file_not_found")
    return {"file": file_json(call.hub.base_url, stored, preview=2000)}


METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
}
