using System.IO.MemoryMappedFiles;

namespace Qwen2Audio.Fuzz.Running;

/// <summary>The input that a process tries, in a file that outlives the process: number, length, bytes.</summary>
internal sealed class InputRecord(string path) : IDisposable
{
    private const int Header = 16;
    private const int Capacity = Header + (4 << 20);
    private readonly MemoryMappedFile _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Capacity);
    private MemoryMappedViewAccessor? _view;

    private MemoryMappedViewAccessor View => _view ??= _file.CreateViewAccessor();

    public void Write(long number, byte[] input)
    {
        var length = Math.Min(input.Length, Capacity - Header);
        View.WriteArray(Header, input, 0, length);
        View.Write(0, number);
        View.Write(8, length);
    }

    public (long Number, byte[] Input) Read()
    {
        var input = new byte[View.ReadInt32(8)];
        View.ReadArray(Header, input, 0, input.Length);
        return (View.ReadInt64(0), input);
    }

    public void Dispose()
    {
        _view?.Dispose();
        _file.Dispose();
    }
}
