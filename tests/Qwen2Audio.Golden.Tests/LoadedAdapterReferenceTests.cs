using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Adapters;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Adapters applied to a loaded model, one at a time, and merged into its weights: fixtures/training-lora*.</summary>
public sealed class LoadedAdapterReferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerPool _pool = new(2);

    public static TheoryData<string, WeightStorage> Folders()
    {
        var data = new TheoryData<string, WeightStorage>();
        foreach (var folder in Fixtures.Folders("training-lora", "expected.json"))
            foreach (var storage in Enum.GetValues<WeightStorage>()) data.Add(folder, storage);
        if (!data.Any()) data.Add("", WeightStorage.Stored);
        return data;
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Each_adapter_gives_the_recorded_logits_and_none_the_base(string folder, WeightStorage storage)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-lora"));
        using var recorded = new LoraRecording(folder);
        using var model = LoadedModel.Open(recorded.Base, storage);
        var adapters = new[] { "adapter-initial", "adapter-final", "adapter-second" }.Select(name => model.Weights.AddAdapter(recorded.Locate(name))).ToList();
        foreach (var adapter in adapters.Append(null).Reverse())
        {
            model.Weights.Adapter = adapter;
            var name = adapter is null ? "base" : Path.GetFileName(adapter.Path).Replace('-', '_');
            Numbers.Near(name, recorded.File.ReadFloats($"logits.{name}"), Logits(model, recorded), recorded.Tolerance("logits"));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_merged_model_is_the_recorded_one_and_the_unmerged(string folder, WeightStorage storage)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-lora"));
        using var recorded = new LoraRecording(folder);
        var path = Path.Combine(_folder, "model");
        AdapterMerge.Write(recorded.Base, recorded.Locate("adapter-final"), path, _pool);
        using var wanted = CheckpointFolder.Open(recorded.Merged);
        using var merged = CheckpointFolder.Open(path);
        Assert.Equal(wanted.Tensors.Keys.Order(StringComparer.Ordinal), merged.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in wanted.Tensors)
        {
            Assert.Equal(tensor.DType, merged.Tensors[name].DType);
            Numbers.Near(name, wanted.ReadFloats(name), merged.ReadFloats(name), recorded.Tolerance("merged_weights"));
        }

        using var whole = LoadedModel.Open(path, storage);
        Numbers.Near("merged", recorded.File.ReadFloats("logits.merged"), Logits(whole, recorded), recorded.Tolerance("logits"));
        using var model = LoadedModel.Open(recorded.Base, storage);
        model.Weights.Adapter = model.Weights.AddAdapter(recorded.Locate("adapter-final"));
        Numbers.Near("unmerged", Logits(whole, recorded), Logits(model, recorded), recorded.Tolerance("logits"));
        Assert.Throws<FolderExistsException>(() => AdapterMerge.Write(recorded.Base, recorded.Locate("adapter-final"), path, _pool));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private float[] Logits(LoadedModel model, LoraRecording recorded)
    {
        var ids = recorded.File.ReadInt32s("probe_ids");
        using var ops = new InferenceOps(_pool);
        var decoder = model.Decoder;
        return decoder.Logits(ops, decoder.Hidden(ops, decoder.Embed(ops, ids), Layout.Of(ids.Length))).Span.ToArray();
    }
}
