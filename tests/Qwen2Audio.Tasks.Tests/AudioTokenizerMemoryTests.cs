using Qwen2Audio.Audio;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>The memory of an endless sound through encoder and decoder. It is measured for the whole process, so no other test runs beside this one.</summary>
[Collection(nameof(AudioTokenizerMemoryTests))]
[CollectionDefinition(nameof(AudioTokenizerMemoryTests), DisableParallelization = true)]
public sealed class AudioTokenizerMemoryTests
{
    private const int Rate = 8000;

    /// <summary>Between 100 and 400 seconds memory does not grow; the samples in between take 9.6 MB.</summary>
    [Fact]
    public async Task AnEndlessSoundTakesNoMemory()
    {
        using var folder = new RandomCodec(RandomCodec.Ours);
        using var tokenizer = AudioTokenizer.Load(folder.Path, new ModelLoadOptions { Threads = 1 });
        using var source = new CancellationTokenSource();
        var held = new List<long>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in tokenizer.DecodeAsync(tokenizer.EncodeAsync(Endless(), new AudioForm(Rate, 1), cancellation: source.Token), cancellation: source.Token))
            {
            }
        });
        Assert.InRange(held[1] - held[0], long.MinValue, 2 << 20);

        async IAsyncEnumerable<ReadOnlyMemory<float>> Endless()
        {
            for (var second = 0; ; second++)
            {
                if (second is 100 or 400) held.Add(GC.GetTotalMemory(forceFullCollection: true));
                if (second == 400) await source.CancelAsync();
                yield return Enumerable.Range(0, Rate).Select(i => 0.1f * MathF.Sin(i * 0.3f)).ToArray();
            }
        }
    }
}
