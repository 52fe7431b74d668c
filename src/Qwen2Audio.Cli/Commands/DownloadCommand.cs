using System.CommandLine;
using Qwen2Audio.Hub;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Hub.Download;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command download.</summary>
internal static class DownloadCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("ORG/NAME") { Description = "The model's name, optionally with @revision." };
        var revision = new Option<string?>("--revision") { Description = "Branch, tag or commit; main by default.", HelpName = "REV" };
        var cache = new Option<string?>("--cache")
        {
            Description = "Cache folder; by default HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. --model looks in the default folder only.",
            HelpName = "DIR",
        };
        var include = Patterns("--include", $"Patterns of files to download; by default {string.Join(' ', FileSelection.Default)}.");
        var exclude = Patterns("--exclude", "Patterns of files to leave out.");
        var json = CommonOptions.Json();
        var command = new Command("download",
            """
            Downloads a published model into the Hugging Face cache and prints the folder's path. Afterwards --model ORG/NAME finds it.
            The same command resumes an interrupted download.
            
            The server is HF_ENDPOINT, by default https://huggingface.co; the access token (HF_TOKEN or the token file) is sent only there.

            Example:
              qwen2audio download Qwen/Qwen2-Audio-7B-Instruct
            """)
        {
            name, revision, cache, include, exclude, json,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            RepositoryName.Parse(parsed.GetValue(name)!, parsed.GetValue(revision)),
            parsed.GetValue(cache) is { } folder ? new HubCache(Made(folder)) : HubCache.FromEnvironment(),
            new DownloadOptions { Include = parsed.GetValue(include) ?? [], Exclude = parsed.GetValue(exclude) ?? [] },
            parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(RepositoryName repository, HubCache cache, DownloadOptions options, bool json, CancellationToken cancellation)
    {
        var endpoint = HubEndpoint.FromEnvironment();
        var result = await DownloadDisplay.ShowAsync(json, report => new ModelDownload(repository, cache, endpoint, options, report).RunAsync(cancellation));
        var unconverted = !Directory.EnumerateFiles(result.Folder, "*.safetensors", SearchOption.AllDirectories).Any();
        if (unconverted) await Console.Error.WriteLineAsync("warning: no safetensors files were downloaded; weights in other formats must be converted first.");
        foreach (var file in result.Unchecked)
            await Console.Error.WriteLineAsync($"warning: the server gives no checksum for {file}; the file is not verified.");
        if (json)
            JsonOutput.WriteLine(new { @event = "done", folder = result.Folder, commit = result.Commit, files = result.Files, bytes = result.Bytes, received = result.Received });
        else Console.Out.WriteLine(result.Folder);
        return ExitCodes.Success;
    }

    private static string Made(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--cache is {folder}: found no folder, and it cannot be created; allowed: a writable folder.");
        }
    }

    private static Option<string[]> Patterns(string name, string description) =>
        new(name) { Description = description, HelpName = "GLOB", AllowMultipleArgumentsPerToken = true };
}
