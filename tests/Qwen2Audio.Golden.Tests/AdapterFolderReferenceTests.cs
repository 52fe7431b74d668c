using Qwen2Audio.Formats.Json;
using Qwen2Audio.Inference;
using Qwen2Audio.Training.Adapters;

namespace Qwen2Audio.Golden.Tests;

/// <summary>
/// The formats in which peft writes low-rank adapters, at inference and merged. The expected logits come from a plain re-derivation in
/// float64 (numpy) of what peft computes.
/// </summary>
public sealed class AdapterFolderReferenceTests : IDisposable
{
    private const string Two = "\"target_modules\": [\"q_proj\", \"v_proj\"]";
    private const string Three = "\"target_modules\": [\"q_proj\", \"v_proj\", \"lm_head\"]";
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerPool _pool = new(2);

    private static readonly Dictionary<string, (bool Tied, string Settings, Func<IEnumerable<NewTensor>> Tensors, float[] Logits)> Forms = new(StringComparer.Ordinal)
    {
        ["tied-head"] = (true, Three, () => [.. FormulaModel.QueriesAndValues(0, 1), .. FormulaModel.Product("lm_head", 140, 16, 8)],
            [-2.720214f, -0.6141532f, -0.6247905f, 0.1362521f, 0.2804515f, 0.2698141f, 1.795361f, -0.02211555f, -2.420106f, -0.3140453f, -0.3246826f, 1.74169f, -0.6166124f, -0.6272498f, 0.6433039f, 0.2779924f]),
        ["dora"] = (false, "\"use_dora\": true, \"use_rslora\": true, \"alpha_pattern\": {\"gate_proj\": 6}, \"target_modules\": [\"q_proj\", \"k_proj\", \"gate_proj\", \"down_proj\"]", Dora,
            [0.5989783f, 1.409822f, -2.933898f, 0.8485525f, 1.659396f, -0.9183778f, 1.098127f, -1.726898f, 0.5368573f, 1.347701f, -2.984722f, 0.7864314f, 1.597275f, -0.9804989f, 1.036005f, -2.290185f]),
        ["dora-tied-head"] = (true, "\"use_dora\": true, \"target_modules\": [\"lm_head\"]", () => [.. FormulaModel.Product("lm_head", 140, 16, 8), Lengths("lm_head", 210, 16)],
            [-1.153902f, -0.1512642f, -1.108809f, 0.3524933f, 1.100952f, 0.3867779f, 1.410142f, 0.7123425f, -1.648819f, 0.2434153f, -0.611818f, 0.1526725f, -0.4641045f, -0.7633494f, 1.154298f, 0.9666263f]),
        ["saved-embedding-tied"] = (true, Two + ", \"modules_to_save\": [\"embed_tokens\"]", () => [.. FormulaModel.QueriesAndValues(0, 1), Whole("model.embed_tokens", 300)],
            [-2.861029f, 0.8271379f, -0.1984395f, 1.145792f, 0.5114696f, -0.5141079f, -1.409803f, 0.1958013f, -2.782456f, 0.9057104f, -0.1198671f, -0.5142402f, 0.5900421f, -0.4355354f, -1.331231f, 0.2743737f]),
        ["saved-head-tied"] = (true, Two + ", \"modules_to_save\": [\"lm_head\"]", () => [.. FormulaModel.QueriesAndValues(0, 1), Whole("lm_head.modules_to_save", 301)],
            [2.627054f, -0.2704056f, -0.1698728f, -0.3399949f, -0.239462f, -0.01349019f, -0.3090513f, -0.2085184f, 2.619351f, -0.2781077f, -0.1775749f, -0.4799996f, -0.2471641f, -2.533984f, -0.3167534f, -0.2162206f]),
        ["embedding-beside-tied"] = (true, Two, () => [.. FormulaModel.QueriesAndValues(0, 1), Whole("model.embed_tokens", 300)],
            [0.5693651f, -0.4562124f, -1.351908f, 0.2536968f, -0.7718807f, 0.9636059f, -0.06197156f, -0.4563447f, 0.6479376f, -0.3776399f, 2.14738f, 0.3322692f, -0.6933083f, 1.042178f, 0.01660091f, -1.24779f]),
        ["whole-head-with-lora"] = (false, Three, () => [.. FormulaModel.QueriesAndValues(0, 1), .. FormulaModel.Product("lm_head", 140, 16, 8), Whole("lm_head.base_layer", 301)],
            [2.442851f, -0.5657785f, -0.5764159f, -0.8577083f, 0.3288262f, 0.4436278f, 0.03689652f, 0.02625915f, 2.742959f, -0.2656706f, -0.276308f, -0.6899029f, -0.5682377f, -2.966228f, -1.115161f, 0.3263671f]),
        ["bias-all"] = (false, Two + ", \"bias\": \"all\"", () => [.. FormulaModel.QueriesAndValues(0, 1), .. Biases("q_proj.base_layer", "k_proj", "v_proj.base_layer")],
            [-0.2595348f, -0.2144547f, 1.57219f, -0.2456593f, -0.2005792f, 0.8935593f, -0.2317839f, -0.190861f, -0.2629885f, -0.2179084f, -0.04768762f, -0.2491131f, -0.2040329f, 0.8901055f, -0.2352376f, -2.622552f]),
        ["bias-lora-only"] = (false, Two + ", \"bias\": \"lora_only\"", () => [.. FormulaModel.QueriesAndValues(0, 1), .. Biases("q_proj", "", "v_proj")],
            [-0.7173422f, -0.5115056f, 4.154587f, -0.6539866f, -0.44815f, 1.533802f, -0.590631f, 0.07906755f, -0.7331119f, -0.5272754f, 1.765966f, -0.6697563f, -0.4639197f, 1.518032f, -0.6064007f, -2.565126f]),
        ["layer-1"] = (false, Two + ", \"layers_to_transform\": [1], \"layers_pattern\": \"layers\"", () => FormulaModel.QueriesAndValues(1),
            [0.273056f, -0.06670087f, 2.017776f, 0.1684803f, -0.1712765f, -0.4914904f, 0.06390458f, -0.8941815f, 0.2990858f, -0.04067111f, 0.3542343f, 0.1945101f, -0.1452467f, -0.4654606f, 0.08993436f, -3.367379f]),
    };

    public static TheoryData<string, WeightStorage> Names()
    {
        var data = new TheoryData<string, WeightStorage>();
        foreach (var name in Forms.Keys)
            foreach (var storage in Enum.GetValues<WeightStorage>()) data.Add(name, storage);
        return data;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_form_gives_the_derived_logits_and_without_it_the_base_is_back(string name, WeightStorage storage)
    {
        var (path, adapter) = Write(name);
        using var model = LoadedModel.Open(path, storage);
        var plain = FormulaModel.Logits(model, _pool);
        model.Weights.Adapter = model.Weights.AddAdapter(adapter);
        Assert.Empty(model.Weights.Warnings);
        Numbers.Near(name, Forms[name].Logits, FormulaModel.Logits(model, _pool), 2e-6);
        model.Weights.Adapter = null;
        Assert.Equal(plain, FormulaModel.Logits(model, _pool));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_merged_folder_gives_them_too(string name, WeightStorage storage)
    {
        var (path, adapter) = Write(name);
        var merged = Path.Combine(_folder, "merged");
        Assert.Empty(AdapterMerge.Write(path, adapter, merged, _pool).Warnings);
        using var model = LoadedModel.Open(merged, storage);
        Assert.Empty(model.Weights.Warnings);
        Numbers.Near(name, Forms[name].Logits, FormulaModel.Logits(model, _pool), 2e-6);
        var ties = name is "embedding-beside-tied" || !Forms[name].Tied;
        Assert.Equal(Forms[name].Tied && ties, ConfigObject.Open(Path.Combine(merged, "config.json")).Bool("tie_word_embeddings"));
    }

    [Fact]
    public void A_stored_head_that_a_merge_unties_is_not_the_old_one()
    {
        var (path, adapter) = Write("tied-head");
        using (var before = SafetensorsFile.Open(Path.Combine(path, "model.safetensors")))
        {
            var tensors = before.Tensors.Values.Select(tensor => NewTensor.Floats(tensor.Name, [.. tensor.Shape], before.ReadFloats(tensor.Name))).ToList();
            SafetensorsWriter.Write(Path.Combine(path, "both.safetensors"), [.. tensors, FormulaModel.Tensor("lm_head.weight", 9, 1, 0, 16, 8)]);
        }

        File.Move(Path.Combine(path, "both.safetensors"), Path.Combine(path, "model.safetensors"), overwrite: true);
        var merged = Path.Combine(_folder, "merged");
        Assert.Contains("tie_word_embeddings", Assert.Single(AdapterMerge.Write(path, adapter, merged, _pool).Warnings), StringComparison.Ordinal);
        using var model = LoadedModel.Open(merged);
        Numbers.Near("tied-head", Forms["tied-head"].Logits, FormulaModel.Logits(model, _pool), 2e-6);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private (string Base, string Adapter) Write(string name)
    {
        var (path, adapter) = (Path.Combine(_folder, "base"), Path.Combine(_folder, "adapter"));
        FormulaModel.WriteBase(path, Forms[name].Tied);
        FormulaModel.WriteAdapter(adapter, Forms[name].Settings, Forms[name].Tensors());
        return (path, adapter);
    }

    private static IEnumerable<NewTensor> Dora()
    {
        (string Name, int Rows, int Columns)[] modules = [("self_attn.q_proj", 8, 8), ("self_attn.k_proj", 4, 8), ("mlp.gate_proj", 12, 8), ("mlp.down_proj", 8, 12)];
        for (var layer = 0; layer < 2; layer++)
        {
            for (var j = 0; j < modules.Length; j++)
            {
                var module = $"model.layers.{layer}.{modules[j].Name}";
                foreach (var tensor in FormulaModel.Product(module, 100 + 20 * layer + 2 * j, modules[j].Rows, modules[j].Columns)) yield return tensor;
                yield return Lengths(module, 200 + 10 * layer + j, modules[j].Rows);
            }
        }
    }

    private static NewTensor Lengths(string module, int seed, int rows) => FormulaModel.Tensor($"base_model.model.{module}.lora_magnitude_vector", seed, 0.3, 1, rows);

    private static NewTensor Whole(string module, int seed) => FormulaModel.Tensor($"base_model.model.{module}.weight", seed, 1, 0, 16, 8);

    private static IEnumerable<NewTensor> Biases(params string[] modules) => Enumerable.Range(0, 2).SelectMany(layer =>
        modules.Select((module, j) => (module, j)).Where(item => item.module.Length > 0).Select(item =>
            FormulaModel.Tensor($"base_model.model.model.layers.{layer}.self_attn.{item.module}.bias", 310 + 10 * layer + item.j, 0.5, 0, item.j == 0 ? 8 : 4)));
}
