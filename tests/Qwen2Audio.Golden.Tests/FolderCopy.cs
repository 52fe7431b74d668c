namespace Qwen2Audio.Golden.Tests;

/// <summary>A temporary copy of another folder; empty without one.</summary>
internal sealed class FolderCopy : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FolderCopy(string? source)
    {
        if (source is null) return;
        foreach (var file in Directory.EnumerateFiles(source)) _folder.Write(System.IO.Path.GetFileName(file), File.ReadAllBytes(file));
    }

    public string Path => _folder;

    /// <summary>Inverts the sign of a tensor's first values.</summary>
    public void ChangeTensor(string name)
    {
        var path = _folder["model.safetensors"];
        TensorInfo tensor;
        using (var file = SafetensorsFile.Open(path)) tensor = file.Tensors[name];
        var width = (int)(tensor.ByteLength / tensor.Count);
        using var stream = File.Open(path, FileMode.Open);
        var bytes = new byte[2000];
        stream.Position = tensor.ByteOffset;
        stream.ReadExactly(bytes);
        for (var i = width - 1; i < bytes.Length; i += width) bytes[i] ^= 0x80;
        stream.Position = tensor.ByteOffset;
        stream.Write(bytes);
    }

    public void Dispose() => _folder.Dispose();
}
