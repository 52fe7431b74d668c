using System.CommandLine;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Adapters;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command merge-lora.</summary>
internal static class MergeLoraCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("BASE") { Description = "Folder of the model that the adapter was trained on, or its name in the download cache." };
        var adapter = new Argument<string>("ADAPTER") { Description = "Folder of a low-rank adapter (LoRA, as peft writes it), or its name in the download cache." };
        var folder = CommonOptions.NewFolder();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("merge-lora",
            """
            Adds a low-rank adapter to the weights of its base model and writes the result as an ordinary model folder, with the base's
            number types, file layout and tokenizer. It works tensor by tensor and needs little memory.

            Example:
              qwen2audio merge-lora Qwen/Qwen2-Audio-7B-Instruct my-adapter --out merged
              qwen2audio chat --model merged
            """)
        {
            model, adapter, folder, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var target = parsed.GetValue(folder)!;
            using var pool = new WorkerPool(parsed.GetValue(threads));
            var (source, added) = (CommonOptions.ModelFolder(parsed.GetValue(model)!), CommonOptions.AdapterFolder(parsed.GetValue(adapter))!);
            Leftovers.Clear(target);
            var merged = TensorProgress.Show(onTensor => AdapterMerge.Write(source, added, target, pool, onTensor), cancellation);
            foreach (var warning in merged.Warnings) Warnings.Write(warning);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { Folder = target, merged.Bytes, merged.Warnings });
            else Console.Out.WriteLine($"{target}: {Bytes.Shown(merged.Bytes)} of weights with {added} merged");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
