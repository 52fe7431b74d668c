using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.SyntheticData;
using Qwen2Audio.Training.Tests.Speech;
using Qwen2Audio.Training.Upcycling;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>Reading uses no more threads than the run was given: ranks that share a machine have their own share.</summary>
public sealed class LoaderThreadsTests : TestInFolder
{
    [Fact]
    public void One_thread_reads_one_clip_at_a_time()
    {
        var recipe = TinyCorpus.Make(Folder);
        var (corpus, check) = (new Concurrency(), new Concurrency());
        SpeechCorpus.Load(recipe, threads: 1, (_, _, _) => corpus.Meet());
        SpeechRecipeInputs.Check(recipe, "recipe.yaml", readsAll: true, threads: 1, (_, _) => check.Meet());
        Assert.Equal((10, 1), (corpus.Calls, corpus.Most));
        Assert.Equal((10, 1), (check.Calls, check.Most));
    }

    [Fact]
    public void One_thread_starts_one_synthesiser_at_a_time()
    {
        var synthesisers = new Concurrency();
        var options = new SyntheticSpeechOptions { Sets = [new SyntheticSet("made", DatasetKind.Digits, 6)], Processes = 1 };
        foreach (var program in new[] { "flite", "espeak-ng" })
            Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed");
        SyntheticSpeech.Make(Folder, options, (_, _) => synthesisers.Meet());
        Assert.Equal((6, 1), (synthesisers.Calls, synthesisers.Most));
    }

    [Fact]
    public void One_thread_reads_one_row_of_a_dense_model_at_a_time()
    {
        var reads = new Concurrency();
        var dense = new Rows(reads, 8, 12);
        var expert = new ExpertTensor(dense, dense.Tensors["w"], [3, 5, 1, 7], isColumns: false, new Reinitialisation(0, 0, 0), threads: 1).As("expert");
        SafetensorsWriter.Write(Path.Combine(Folder, "expert.safetensors"), [expert], new Dictionary<string, string>());
        Assert.Equal((4, 1), (reads.Calls, reads.Most));
    }

    /// <summary>A tensor that counts its reads.</summary>
    private sealed class Rows(Concurrency reads, int rows, int columns) : ITensorSource
    {
        public string Path => "dense";

        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = new Dictionary<string, TensorInfo> { ["w"] = new("w", DType.F32, [rows, columns], 0) };

        public void ReadFloats(string name, Span<float> destination, long start)
        {
            reads.Meet();
            destination.Fill(start);
        }

        public void ReadBytes(string name, Span<byte> destination, long start) => throw new NotSupportedException();

        public MappedBytes Map(string name) => throw new NotSupportedException();
    }

    /// <summary>How many exist at the same time.</summary>
    private sealed class Concurrency
    {
        private readonly Lock _gate = new();
        private int _now;
        private int _calls;

        public int Calls => _calls;

        public int Most { get; private set; }

        public void Meet()
        {
            var now = Interlocked.Increment(ref _now);
            lock (_gate) Most = Math.Max(Most, now);
            Interlocked.Increment(ref _calls);
            Thread.Sleep(5);
            Interlocked.Decrement(ref _now);
        }
    }
}
