using System.CommandLine;
using Qwen2Audio.Cli.Output;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string?> Model() => new("--model", "-m")
    {
        Description = "Folder of the model; the shipped one by default.",
        HelpName = "DIR",
    };

    public static Option<int> Threads()
    {
        var option = new Option<int>("--threads", "-t")
        {
            Description = "Cores to use; 0: all.",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValue(option) is < 0 or > 1024)
                result.AddError($"--threads is {result.GetValue(option)}: 0…1024 is allowed.");
        });
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object a line." };

    public static Argument<string[]> Files(string description) => new("FILE")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>The named folder, else models/default beside the program or in a folder above the current one.</summary>
    public static string ModelFolder(string? named)
    {
        if (named is not null) return named;
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "models", "default");
                if (File.Exists(Path.Combine(candidate, "config.json"))) return candidate;
            }
        }

        throw new UsageException("The shipped model (models/default) is not beside the program; name a model with --model DIR.");
    }
}
