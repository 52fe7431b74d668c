using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

public sealed class CheckpointFolderTests : TestInFolder
{
    public CheckpointFolderTests() => Folder.Write("config.json", """{"model_type":"qwen2"}""");

    private void Shard(string name, params string[] tensors) => SafetensorsWriter.Write(Folder[name],
        tensors.Select((tensor, i) => NewTensor.Floats(tensor, [2], new float[] { i, i + 1 })));

    private void Index(params string[] map) => Folder.Write("model.safetensors.index.json",
        "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + string.Join(',', map.Select(pair => $"\"{pair.Split('=')[0]}\":\"{pair.Split('=')[1]}\"")) + "}}");

    private string Refused()
    {
        var exception = Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(Folder.Path));
        Assert.StartsWith(Folder.Path, exception.Message, StringComparison.Ordinal);
        return exception.Message;
    }

    [Fact]
    public void One_file_opens_with_its_configuration()
    {
        Shard("model.safetensors", "a", "b");
        using var checkpoint = CheckpointFolder.Open(Folder.Path);
        Assert.Equal("qwen2", checkpoint.Config.String("model_type"));
        Assert.Equal(["a", "b"], checkpoint.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1f, 2f], checkpoint.ReadFloats("b"));
    }

    [Fact]
    public void Shards_open_as_one_dictionary()
    {
        Shard("m-1.safetensors", "a", "b");
        Shard("m-2.safetensors", "c");
        Index("a=m-1.safetensors", "b=m-1.safetensors", "c=m-2.safetensors");
        using var checkpoint = CheckpointFolder.Open(Folder.Path);
        Assert.Equal(3, checkpoint.Tensors.Count);
        Assert.Equal([1f, 2f], checkpoint.ReadFloats("b"));
        Assert.Equal([0f, 1f], checkpoint.ReadFloats("c"));
        Assert.Equal(2, checkpoint.Files.Count);
        Assert.Throws<CheckpointException>(() => checkpoint.ReadFloats("d"));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/m.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData(@"..\\m.safetensors")]
    [InlineData(@"m\u0000.safetensors")]
    public void Shards_are_plain_names_within_the_folder(string shard)
    {
        Index("a=" + shard);
        Assert.Contains("plain file names within the folder", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_another_spelling_and_a_tensor_in_two_shards_are_listed_together()
    {
        Shard("m-1.safetensors", "a", "b");
        Shard("m-2.safetensors", "b", "extra");
        Shard("M-3.safetensors", "c");
        Index("a=m-1.safetensors", "b=m-2.safetensors", "c=m-3.safetensors", "d=m-4.safetensors", "e=m-1.safetensors");
        var message = Refused();
        Assert.Contains("\"m-3.safetensors\": found only \"M-3.safetensors\"", message, StringComparison.Ordinal);
        Assert.Contains("\"m-4.safetensors\": found no such file", message, StringComparison.Ordinal);
        Assert.Contains("tensor \"b\": found it in shard \"m-1.safetensors\" and in \"m-2.safetensors\"", message, StringComparison.Ordinal);
        Assert.Contains("tensor \"e\": found nothing in shard \"m-1.safetensors\"", message, StringComparison.Ordinal);
        Assert.Contains("tensor \"extra\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_may_not_lead_out_of_the_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        using var outside = new TemporaryFolder();
        SafetensorsWriter.Write(outside["m"], [NewTensor.Floats("a", [1], new float[1])]);
        File.CreateSymbolicLink(Folder["m-1.safetensors"], outside["m"]);
        Index("a=m-1.safetensors");
        Assert.Contains("a link that points outside the folder", Refused(), StringComparison.Ordinal);
        File.Delete(Folder["model.safetensors.index.json"]);
        File.CreateSymbolicLink(Folder["model.safetensors"], outside["m"]);
        Assert.Contains("a link that points outside the folder", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_within_the_folder_are_followed_and_circles_are_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Shard("real", "a");
        File.CreateSymbolicLink(Folder["model.safetensors"], "real");
        using (var checkpoint = CheckpointFolder.Open(Folder.Path)) Assert.Single(checkpoint.Tensors);
        File.Delete(Folder["real"]);
        File.CreateSymbolicLink(Folder["real"], "model.safetensors");
        Refused();
    }

    [Fact]
    public void Damaged_shards_are_listed_with_their_names()
    {
        Folder.Write("m-1.safetensors", "PK\u0003\u0004 and so on, a zip archive");
        Folder.Write("m-2.safetensors", SafetensorsBytes.Build("{\"c\":5}", 0));
        Index("a=m-1.safetensors", "c=m-2.safetensors");
        var message = Refused();
        Assert.Contains("shard \"m-1.safetensors\", content: found a zip archive", message, StringComparison.Ordinal);
        Assert.Contains("shard \"m-2.safetensors\", tensor \"c\"", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":{}}""")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":5}}""")]
    [InlineData("""{"weight_map":{"a":"m","a":"n"}}""")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""")]
    [InlineData("""{"weight_map":{""")]
    public void An_index_of_another_form_is_refused(string index)
    {
        Folder.Write("model.safetensors.index.json", index);
        Refused();
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    [InlineData("model.pth")]
    [InlineData("model.ckpt")]
    [InlineData("model.gguf")]
    public void Files_of_other_formats_are_never_opened_and_the_message_says_convert(string name)
    {
        Folder.Write(name, "x");
        var message = Refused();
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains("convert", message, StringComparison.Ordinal);
        Assert.Contains("allowed: model.safetensors, or model.safetensors.index.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_missing_incomplete_or_ambiguous_is_refused()
    {
        var file = Folder.Write("file", "");
        Assert.Equal($"{file}: path: found a file; allowed: a checkpoint folder", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(file)).Message);
        Assert.Contains("no such folder", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(Folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("a file", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(Folder["config.json"])).Message, StringComparison.Ordinal);
        Assert.Contains("no tensor files", Refused(), StringComparison.Ordinal);
        Shard("m-1.safetensors", "a");
        Assert.Contains("without an index", Refused(), StringComparison.Ordinal);
        Shard("model.safetensors", "a");
        Index("a=m-1.safetensors");
        Assert.Contains("both", Refused(), StringComparison.Ordinal);
        File.Delete(Folder["config.json"]);
        Assert.Contains("config.json", Assert.Throws<ConfigException>(() => CheckpointFolder.Open(Folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_differences_between_checkpoint_and_model_are_listed_at_once()
    {
        SafetensorsWriter.Write(Folder["model.safetensors"],
        [
            NewTensor.Floats("good", [2, 3], new float[6]), NewTensor.Floats("turned", [3, 2], new float[6]),
            NewTensor.Floats("short", [5], new float[5]), NewTensor.Int64s("ids", [1], new long[1]), NewTensor.Floats("extra", [1], new float[1]),
        ]);
        using var checkpoint = CheckpointFolder.Open(Folder.Path);
        var exception = Assert.Throws<CheckpointException>(() => TensorCheck.Require(checkpoint,
        [
            new("good", [2, 3]), new("turned", [2, 3]), new("short", [6]), new("ids", [1]), new("missing", [4, 4]),
        ]));
        Assert.Equal(5, exception.ProblemCount);
        Assert.Contains("tensor \"turned\", shape: found [3, 2] (transposed); allowed: [2, 3]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tensor \"short\", shape: found [5]; allowed: [6]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tensor \"ids\", dtype: found I64; allowed: F32, F16, BF16, F64", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tensor \"missing\": found nothing; allowed: shape [4, 4]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("tensor \"extra\"", exception.Message, StringComparison.Ordinal);
        TensorCheck.Require(checkpoint, [new("good", [2, 3])], name => name != "good");
    }

    [Fact]
    public void Weights_that_are_not_finite_are_listed_with_their_index()
    {
        var numbers = new float[100_000];
        numbers[70_000] = float.NaN;
        SafetensorsWriter.Write(Folder["model.safetensors"],
        [
            NewTensor.Floats("a", [100_000], numbers), NewTensor.Floats("b", [2], new[] { 0, float.NegativeInfinity }, DType.BF16),
            NewTensor.Floats("c", [1], new float[1]),
        ]);
        using var checkpoint = CheckpointFolder.Open(Folder.Path);
        var message = Assert.Throws<CheckpointException>(() => WeightScan.RequireFinite(checkpoint)).Message;
        Assert.Contains("tensor \"a\", number 70000: found NaN", message, StringComparison.Ordinal);
        Assert.Contains("tensor \"b\", number 1: found -", message, StringComparison.Ordinal);
        Assert.DoesNotContain("tensor \"c\"", message, StringComparison.Ordinal);
    }
}
