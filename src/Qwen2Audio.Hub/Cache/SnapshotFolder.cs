using Qwen2Audio.Formats.Files;
using Qwen2Audio.Hub.Download;

namespace Qwen2Audio.Hub.Cache;

/// <summary>The folder of one commit: links to the blobs, or the files themselves where links are not supported.</summary>
internal sealed class SnapshotFolder(string path, bool links)
{
    public string Location => path;

    /// <summary>Makes a complete blob available under its paths.</summary>
    public void Place(Blob blob)
    {
        var whole = blob.Present(path) ?? throw new FileNotFoundException($"{blob.Location} disappeared during the download.");
        foreach (var name in blob.Paths)
        {
            var place = Path.Combine(path, name);
            if (place == whole) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            if (whole == blob.Location && links && FileLink.TryWrite(place, whole)) continue;
            if (whole == blob.Location)
            {
                FileLink.Move(whole, place);
                whole = place;
                continue;
            }

            if (new FileInfo(place) is { Exists: true, LinkTarget: null } there && there.Length == new FileInfo(whole).Length) continue;
            using var source = File.OpenRead(whole);
            AtomicFile.Write(place, source.Length, source.CopyTo);
        }
    }
}
