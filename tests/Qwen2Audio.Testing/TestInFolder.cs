namespace Qwen2Audio.Testing;

/// <summary>Tests that write files: each has a folder of its own, which is removed after it.</summary>
public abstract class TestInFolder : IDisposable
{
    protected TemporaryFolder Folder { get; } = new();

    public virtual void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
