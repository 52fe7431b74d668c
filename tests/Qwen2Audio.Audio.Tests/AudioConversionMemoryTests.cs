namespace Qwen2Audio.Audio.Tests;

/// <summary>The memory of samples that are passed on. It is measured for the whole process, since a read may go on on another thread, so no other test runs beside this one.</summary>
[Collection(nameof(AudioConversionMemoryTests))]
[CollectionDefinition(nameof(AudioConversionMemoryTests), DisableParallelization = true)]
public sealed class AudioConversionMemoryTests
{
    [Fact]
    public async Task Samples_that_are_passed_on_take_no_memory_and_come_as_they_arrive()
    {
        var head = new WavBytes(size: uint.MaxValue).Format(rate: 48_000).Data([], uint.MaxValue).ToArray(patch: false);
        using var source = new CancellationTokenSource();
        using var endless = new ForwardStream(i => i < head.Length ? head[i] : (byte)i);
        var (count, before) = (0L, GC.GetTotalAllocatedBytes());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AudioFile.ReadPiecesAsync(endless, new AudioForm(16_000, 1), samples =>
        {
            if ((count += samples.Length) > 16_000 * 60) source.Cancel();
        }, cancellation: source.Token));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 16_000 * 60); // a quarter of the samples
    }
}
