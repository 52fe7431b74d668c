using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command random.</summary>
internal static class RandomCommand
{
    public static Command Create()
    {
        var config = new Argument<string>("CONFIG") { Description = "A model's config.json, a folder that has one, or the name of a model in the download cache." };
        var folder = CommonOptions.NewFolder();
        var type = CommonOptions.OneOf("--dtype", "Type of the numbers.", "bf16", "bf16", "f16", "f32");
        var seed = CommonOptions.Number("--seed", "The same seed gives the same weights.", 0, int.MaxValue, 1);
        var json = CommonOptions.Json();
        var command = new Command("random",
            """
            Writes a checkpoint of a configuration's full size with random weights, to measure time and memory without downloading a
            model. The output of such a model is noise.

            Example:
              qwen2audio random Qwen2-Audio-7B/config.json --out random-7b
              qwen2audio bench --model random-7b
            """)
        {
            config, folder, type, seed, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(config)!;
            var dtype = parsed.GetValue(type) switch { "f32" => DType.F32, "f16" => DType.F16, _ => DType.BF16 };
            var configuration = ModelDescription.OpenConfig(CommonOptions.ModelFolder(path));
            var target = parsed.GetValue(folder)!;
            Leftovers.Clear(target);
            var bytes = TensorProgress.Show(onTensor => RandomCheckpoint.Write(configuration, target, dtype, (ulong)parsed.GetValue(seed), onTensor), cancellation);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { Folder = parsed.GetValue(folder), Bytes = bytes });
            else Console.Out.WriteLine($"{parsed.GetValue(folder)}: {Bytes.Shown(bytes)} of random weights");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
